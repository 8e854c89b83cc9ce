#pragma once

#include <filesystem>
#include <string>

namespace unified::test {

/// Our program: it is built beside the tests.
inline std::string entrypoint() {
  return (std::filesystem::read_symlink("/proc/self/exe").parent_path() / "unified_entrypoint")
      .string();
}

}  // namespace unified::test
