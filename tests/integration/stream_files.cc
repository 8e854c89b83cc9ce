#include "integration/stream_files.h"

#include <filesystem>
#include <fstream>
#include <iterator>

namespace unified::test {

namespace fs = std::filesystem;

namespace {

constexpr const char* kNames[] = {"meta.inf", "meta.sum"};

fs::path streams_in(const std::string& store) {
  return fs::path{store} / "jetstream/$G/streams";
}

}  // namespace

void StreamFiles::take() {
  files_.clear();
  std::error_code none;
  for (const fs::directory_entry& folder : fs::directory_iterator{streams_in(store_), none})
    for (const char* name : kNames)
      if (std::ifstream file{folder.path() / name, std::ios::binary}; file)
        files_[folder.path() / name] = {std::istreambuf_iterator<char>{file}, {}};
}

bool StreamFiles::put_back(const std::string& stream) const {
  bool all = true;
  for (const char* name : kNames) {
    const auto found = files_.find(streams_in(store_) / stream / name);
    all = all && found != files_.end();
    if (found != files_.end())
      std::ofstream{found->first, std::ios::binary} << found->second;
  }
  return all;
}

}  // namespace unified::test
