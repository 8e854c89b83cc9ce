#include "os/stream_sync.h"

#include <array>
#include <filesystem>
#include <span>
#include <system_error>
#include <vector>

#include "os/synced_path.h"

namespace unified::os {
namespace {

namespace fs = std::filesystem;

constexpr std::array kStreamFiles{"meta.inf", "meta.sum", "meta.key", "msgs/1.key"};
constexpr std::array kConsumerFiles{"meta.inf", "meta.sum", "meta.key", "o.dat"};

/// Of every account that has a stream of this name.
Result<std::vector<fs::path>> folders_of(const std::string& store_dir, const std::string& stream) {
  std::vector<fs::path> found;
  std::error_code error;
  fs::directory_iterator accounts{fs::path{store_dir} / "jetstream", error};
  for (; !error && accounts != fs::directory_iterator{}; accounts.increment(error)) {
    std::error_code unseen;
    fs::path folder = accounts->path() / "streams" / stream;
    const auto type = fs::status(folder, unseen).type();
    if (unseen && type != fs::file_type::not_found)
      return system_error("cannot look at " + folder.string(), unseen.value());
    if (type == fs::file_type::directory)
      found.push_back(std::move(folder));
  }
  if (error && error != std::errc::no_such_file_or_directory)
    return system_error("cannot look into " + store_dir + "/jetstream", error.value());
  return found;
}

Result<void> sync_files(const fs::path& folder, std::span<const char* const> names) {
  for (const char* name : names)
    if (const auto synced = sync_if_there((folder / name).string()); !synced)
      return synced.error();
  return {};
}

/// `folder` and those above it, up to and with `last`.
Result<void> sync_folders(fs::path folder, const fs::path& last) {
  for (; folder.native().size() >= last.native().size(); folder = folder.parent_path())
    if (const auto synced = sync_if_there(folder.string()); !synced)
      return synced.error();
  return {};
}

}  // namespace

Result<void> sync_stream(const std::string& store_dir, const std::string& stream) {
  const auto folders = folders_of(store_dir, stream);
  if (!folders)
    return folders.error();
  for (const fs::path& folder : *folders) {
    if (auto synced = sync_files(folder, kStreamFiles); !synced)
      return synced;
    for (const char* below : {"msgs", "obs"})
      if (const auto synced = sync_if_there((folder / below).string()); !synced)
        return synced.error();
    if (auto synced = sync_folders(folder, fs::path{store_dir}); !synced)
      return synced;
  }
  return {};
}

Result<void> sync_consumer(const std::string& store_dir,
                           const std::string& stream,
                           const std::string& consumer) {
  const auto folders = folders_of(store_dir, stream);
  if (!folders)
    return folders.error();
  for (const fs::path& above : *folders) {
    const fs::path folder = above / "obs" / consumer;
    if (auto synced = sync_files(folder, kConsumerFiles); !synced)
      return synced;
    if (auto synced = sync_folders(folder, fs::path{store_dir}); !synced)
      return synced;
  }
  return {};
}

}  // namespace unified::os
