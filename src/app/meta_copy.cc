#include "app/meta_copy.h"

#include <algorithm>
#include <filesystem>
#include <vector>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "app/migration_folder.h"
#include "os/file_text.h"
#include "os/store_scan.h"
#include "os/synced_file.h"
#include "os/synced_path.h"

namespace unified::app {
namespace {

namespace fs = std::filesystem;

/// The mode of folders that only their owner may read.
constexpr fs::perms kOwnerOnly = fs::perms::owner_all;

/// ACCOUNT/streams/NAME: the same for a stream that nats-server still has to move to
/// STORE_DIR/jetstream.
fs::path place_of(const os::StoredStream& stream) {
  return fs::path{stream.account} / "streams" / stream.name;
}

Result<void> copy_files(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::create_directories(to, error);
  if (error)
    return system_error("cannot create " + to.string(), error.value());
  fs::directory_iterator entries{from, error};
  for (; !error && entries != fs::directory_iterator{}; entries.increment(error)) {
    const fs::path& file = entries->path();
    if (file.stem() != "meta" || !file.has_extension())
      continue;
    const auto content = os::read_text_file(file.string(), kLongestMeta);
    if (!content)
      return content.error();
    auto copy = os::SyncedFile::create((to / file.filename()).string());
    if (!copy)
      return copy.error();
    auto written = copy->append(*content);
    written = written ? copy->finish() : written;
    if (!written)
      return written;
  }
  if (error)
    return system_error("cannot look into " + from.string(), error.value());
  return os::sync_folder(to.string());
}

Result<void> copy_stream(const os::StoredStream& stream, const fs::path& root) {
  const fs::path from{stream.folder};
  const fs::path to = root / place_of(stream);
  if (auto copied = copy_files(from, to); !copied)
    return copied;
  std::error_code error;
  fs::directory_iterator consumers{from / "obs", error};
  for (; !error && consumers != fs::directory_iterator{}; consumers.increment(error)) {
    std::error_code ignored;
    if (!consumers->is_directory(ignored))
      continue;
    if (auto copied = copy_files(consumers->path(), to / "obs" / consumers->path().filename());
        !copied)
      return copied;
  }
  if (error && error != std::errc::no_such_file_or_directory)
    return system_error("cannot look into " + (from / "obs").string(), error.value());
  return {};
}

/// The folders between `root` and those of the streams; the files and their own folders are synced.
Result<void> sync_folders(const fs::path& root) {
  std::error_code error;
  fs::recursive_directory_iterator entries{root, error};
  for (; !error && entries != fs::recursive_directory_iterator{}; entries.increment(error))
    if (std::error_code ignored; entries->is_directory(ignored))
      if (auto synced = os::sync_folder(entries->path().string()); !synced)
        return synced;
  if (error)
    return system_error("cannot look into " + root.string(), error.value());
  return os::sync_folder(root.string());
}

std::string name_of(std::chrono::system_clock::time_point now) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
  return fmt::format("{:%Y-%m-%dT%H-%M-%SZ}",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)));
}

}  // namespace

std::string meta_root(const std::string& store_dir) {
  return (fs::path{store_dir} / "unified-meta").string();
}

Result<std::string> copy_meta_aside(const std::string& store_dir,
                                    std::chrono::system_clock::time_point now) {
  const auto streams = os::scan_store(store_dir);
  if (!streams)
    return streams.error();
  const fs::path root{meta_root(store_dir)};
  std::error_code error;
  fs::create_directories(root, error);
  fs::permissions(root, kOwnerOnly, error);
  if (error)
    return system_error("cannot create " + root.string(), error.value());
  const fs::path wanted = root / name_of(now);
  const std::string folder =
      fs::exists(wanted, error) ? free_name(wanted.string()) : wanted.string();
  const fs::path part{folder + ".part"};
  fs::remove_all(part, error);
  for (const os::StoredStream& stream : *streams)
    if (auto copied = copy_stream(stream, part); !copied)
      return copied.error();
  if (auto synced = sync_folders(part); !synced)
    return synced.error();
  if (auto renamed = os::rename_synced(part.string(), folder); !renamed)
    return renamed.error();
  if (auto synced = os::sync_folder(store_dir); !synced)
    return synced.error();
  return folder;
}

Result<std::string> finished_meta_copy(const std::string& store_dir) {
  std::vector<std::string> finished;
  std::error_code error;
  fs::directory_iterator entries{meta_root(store_dir), error};
  for (; !error && entries != fs::directory_iterator{}; entries.increment(error))
    if (const std::string name = entries->path().filename().string();
        entries->path().extension() != ".part" && name != "keys" && name != "changing")
      finished.push_back(entries->path().string());
  if (error)
    return system_error("cannot look into " + meta_root(store_dir), error.value());
  if (finished.empty())
    return Error{"there is no copy"};
  return *std::ranges::min_element(finished);
}

}  // namespace unified::app
