# unified_embed(TARGET NAME FILE): makes the file's content available to TARGET as
# `extern const std::string_view NAME` in namespace unified::embedded (header: embedded/NAME.h).
function(unified_embed target name file)
  set(directory ${CMAKE_CURRENT_BINARY_DIR}/embedded)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(READ ${file} content)
  file(CONFIGURE OUTPUT ${directory}/${name}.h @ONLY CONTENT
    "#pragma once\n#include <string_view>\nnamespace unified::embedded { extern const std::string_view @name@; }\n")
  string(CONCAT source
    "#include \"${name}.h\"\nnamespace unified::embedded {\nconst std::string_view ${name} = R\"~embed~("
    "${content}" ")~embed~\";\n}\n")
  file(GENERATE OUTPUT ${directory}/${name}.cc CONTENT "${source}")
  target_sources(${target} PRIVATE ${directory}/${name}.cc)
  set_source_files_properties(${directory}/${name}.cc PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
  target_include_directories(${target} PUBLIC ${CMAKE_CURRENT_BINARY_DIR})
endfunction()
