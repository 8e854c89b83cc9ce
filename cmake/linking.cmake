# How third-party C++ libraries come in. Loading libstdc++, fmt, yaml-cpp and libcrypt costs every start and every health check
# about a millisecond, so UNIFIED_STATIC compiles fmt in and takes the others from their archives.
#   unified_fmt   fmt
#   unified_yaml  yaml-cpp
#   unified_crypt libcrypt
#   unified_link_program(TARGET)  the link options of a program or module
add_library(unified_fmt INTERFACE)
add_library(unified_yaml INTERFACE)
add_library(unified_crypt INTERFACE)
if(NOT UNIFIED_STATIC)
  target_link_libraries(unified_fmt INTERFACE fmt::fmt)
  target_link_libraries(unified_yaml INTERFACE yaml-cpp)
  target_link_libraries(unified_crypt INTERFACE crypt)
else()
  # So that what nothing calls is left out: pages that are not there need not be read at a start.
  add_compile_options(-ffunction-sections -fdata-sections)
  # Once, not header-only: that would compile its formatting into every file.
  add_library(unified_fmt_archive STATIC ${CMAKE_CURRENT_LIST_DIR}/fmt.cc)
  target_link_libraries(unified_fmt INTERFACE unified_fmt_archive)
  find_library(UNIFIED_YAML_ARCHIVE libyaml-cpp.a REQUIRED)
  target_link_libraries(unified_yaml INTERFACE ${UNIFIED_YAML_ARCHIVE})
  find_library(UNIFIED_CRYPT_ARCHIVE libcrypt.a REQUIRED)
  target_link_libraries(unified_crypt INTERFACE ${UNIFIED_CRYPT_ARCHIVE})
endif()

function(unified_link_program target)
  if(UNIFIED_STATIC)
    target_link_options(${target} PRIVATE -static-libstdc++ -static-libgcc -Wl,--as-needed -Wl,--gc-sections)
  endif()
endfunction()
