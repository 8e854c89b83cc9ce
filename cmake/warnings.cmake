# One interface target that every library and program of ours links; third-party headers are SYSTEM and not affected.
add_library(unified_warnings INTERFACE)
target_compile_options(unified_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast -Wnon-virtual-dtor
  -Woverloaded-virtual -Wformat=2 -Wimplicit-fallthrough
  -Wno-missing-field-initializers  # a designated initialiser leaves the rest at its default on purpose
  $<$<CXX_COMPILER_ID:GNU>:-Wduplicated-cond -Wlogical-op -Wuseless-cast>
  # Wrong about a coroutine's frame whose operator new is inlined (all of asio's): https://gcc.gnu.org/PR109224
  $<$<CXX_COMPILER_ID:GNU>:-Wno-mismatched-new-delete>
  # libstdc++'s own std::stable_sort uses one, and tells with a precompiled header.
  $<$<CXX_COMPILER_ID:Clang>:-Wno-deprecated-declarations>
  # A joined .cc file is an included one, which gcc takes for a header.
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<BOOL:${UNIFIED_UNITY}>>:-Wno-subobject-linkage>
  $<$<BOOL:${UNIFIED_WERROR}>:-Werror>)
target_compile_definitions(unified_warnings INTERFACE
  $<$<CONFIG:Debug>:_GLIBCXX_ASSERTIONS>
  $<$<CONFIG:Release>:_FORTIFY_SOURCE=2>)
target_compile_options(unified_warnings INTERFACE
  $<$<CONFIG:Release>:-fstack-protector-strong>)
