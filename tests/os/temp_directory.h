#pragma once

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace unified::os {

/// A directory that is gone after the test.
class TempDirectory {
 public:
  TempDirectory() {
    std::string pattern =
        std::filesystem::canonical(std::filesystem::temp_directory_path()) / "unified-test-XXXXXX";
    path_ = ::mkdtemp(pattern.data());
  }
  ~TempDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

  /// Writes a file (and the directories to it); its full path.
  [[nodiscard]] std::string write(const std::string& name,
                                  const std::string& content,
                                  mode_t mode = 0600) const {
    const std::filesystem::path file = std::filesystem::path{path_} / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream{file} << content;
    ::chmod(file.c_str(), mode);
    return file;
  }

 private:
  std::string path_;
};

}  // namespace unified::os
