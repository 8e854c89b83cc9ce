# unified_library(NAME [DEPENDS …] [LINK …]): one static library from the .cc files of the current folder.
#   DEPENDS  libraries of ours whose headers this folder may include (a missing one fails to compile)
#   LINK     third-party libraries
# Headers are reached by their path below src/ ("base/result.h"), but only through the folders that are linked.
function(unified_library name)
  cmake_parse_arguments(ARG "" "" "DEPENDS;LINK" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  if(NOT sources)
    file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/empty.cc "")
    set(sources ${CMAKE_CURRENT_BINARY_DIR}/empty.cc)
  endif()
  add_library(unified_${name} STATIC ${sources})
  foreach(dependency IN LISTS ARG_DEPENDS)
    target_link_libraries(unified_${name} PUBLIC unified_${dependency})
  endforeach()
  target_link_libraries(unified_${name} PUBLIC ${ARG_LINK} PRIVATE unified_warnings)
  unified_expose_headers(unified_${name})
  unified_precompile(unified_${name})
  set_target_properties(unified_${name} PROPERTIES UNITY_BUILD "${UNIFIED_UNITY}" UNITY_BUILD_BATCH_SIZE 16)
endfunction()

# Makes "folder/header.h" includable through a link to this folder inside the build tree, so that a folder that is not
# linked can't be included.
function(unified_expose_headers target)
  file(RELATIVE_PATH folder ${PROJECT_SOURCE_DIR}/src ${CMAKE_CURRENT_SOURCE_DIR})
  set(root ${CMAKE_BINARY_DIR}/include/${target})
  get_filename_component(parent ${root}/${folder} DIRECTORY)
  file(MAKE_DIRECTORY ${parent})
  file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR} ${root}/${folder} SYMBOLIC)
  target_include_directories(${target} PUBLIC ${root})
endfunction()

# The standard headers and the two libraries that nearly every file uses, compiled once; for TESTS with googletest.
#   unified_precompile(TARGET [TESTS])
function(unified_precompile target)
  if(NOT UNIFIED_PCH)
    return()
  endif()
  set(pch unified_pch)
  if("TESTS" IN_LIST ARGN)
    set(pch unified_test_pch)
    set(header <gtest/gtest.h>)
    set(library GTest::gtest)
  endif()
  if(NOT TARGET ${pch})
    file(WRITE ${CMAKE_BINARY_DIR}/${pch}.cc "")
    add_library(${pch} STATIC ${CMAKE_BINARY_DIR}/${pch}.cc)
    target_precompile_headers(${pch} PRIVATE
      <algorithm> <chrono> <cstdint> <functional> <map> <memory> <optional> <set> <string> <string_view> <utility>
      <variant> <vector> <fmt/format.h> <nlohmann/json.hpp> ${header})
    target_link_libraries(${pch} PRIVATE unified_fmt nlohmann_json::nlohmann_json ${library} Threads::Threads unified_warnings)
  endif()
  target_precompile_headers(${target} REUSE_FROM ${pch})
endfunction()
