#pragma once

#include <string>

namespace unified::test {

/// A fresh folder (0700, short path: unix sockets fit in it), removed with all its content at the
/// end. Its functions throw std::runtime_error when the file system refuses.
class TempDir {
 public:
  TempDir();
  TempDir(const TempDir&) = delete;
  TempDir(TempDir&&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  TempDir& operator=(TempDir&&) = delete;
  ~TempDir();

  [[nodiscard]] const std::string& path() const { return path_; }
  /// PATH/NAME.
  [[nodiscard]] std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  /// Makes or replaces a file (and its folders) and returns its path.
  [[nodiscard]] std::string write(const std::string& name, const std::string& text) const;
  /// A file's content.
  [[nodiscard]] std::string read(const std::string& name) const;

 private:
  std::string path_;
};

}  // namespace unified::test
