#include "support/temp_dir.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace unified::test {

TempDir::TempDir() : path_{(std::filesystem::temp_directory_path() / "unified-XXXXXX").string()} {
  if (mkdtemp(path_.data()) == nullptr)
    throw std::runtime_error{"cannot make a folder " + path_};
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TempDir::write(const std::string& name, const std::string& text) const {
  const std::filesystem::path file{*this / name};
  std::filesystem::create_directories(file.parent_path());
  std::ofstream stream{file, std::ios::binary};
  if (!(stream << text) || !stream.flush())
    throw std::runtime_error{"cannot write " + file.string()};
  return file.string();
}

std::string TempDir::read(const std::string& name) const {
  std::ifstream stream{*this / name, std::ios::binary};
  if (!stream)
    throw std::runtime_error{"cannot read " + *this / name};
  return {std::istreambuf_iterator<char>{stream}, {}};
}

}  // namespace unified::test
