#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace unified::test {

/// Our program: it is built beside the tests; $UNIFIED_ENTRYPOINT names another build of it.
inline std::string entrypoint() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody changes the environment
  if (const char* other = std::getenv("UNIFIED_ENTRYPOINT"); other != nullptr)
    return other;
  return (std::filesystem::read_symlink("/proc/self/exe").parent_path() / "unified_entrypoint")
      .string();
}

/// One of tests/programs, built beside the tests.
inline std::string test_program(const std::string& name) {
  return (std::filesystem::read_symlink("/proc/self/exe").parent_path() / name).string();
}

}  // namespace unified::test
