# Boost.Asio and Beast, compiled once: their headers alone in every file would double the build time.
file(WRITE ${CMAKE_BINARY_DIR}/asio.cc "#include <boost/asio/impl/src.hpp>\n#include <boost/beast/src.hpp>\n")
add_library(unified_asio STATIC ${CMAKE_BINARY_DIR}/asio.cc)
target_compile_definitions(unified_asio PUBLIC
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED)
target_link_libraries(unified_asio PUBLIC Boost::headers Threads::Threads)
