#include "app/stream_keys.h"

#include <chrono>
#include <filesystem>
#include <optional>
#include <set>
#include <system_error>

#include <fmt/format.h>

#include "app/meta_copy.h"
#include "os/atomic_file.h"
#include "os/directories.h"
#include "os/file_text.h"
#include "os/store_scan.h"
#include "os/synced_path.h"

namespace unified::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* kKey = "meta.key";
constexpr const char* kConfig = "meta.inf";

/// What lies in a folder of a stream.
struct Pair {
  std::string key;
  std::string config;
};

/// Nothing when one of the two is missing or empty: such a stream is not whole.
Result<std::optional<Pair>> read_pair(const fs::path& folder) {
  std::error_code error;
  for (const char* name : {kKey, kConfig}) {
    const bool there = fs::exists(folder / name, error);
    if (error)
      return system_error("cannot look at " + (folder / name).string(), error.value());
    if (!there)
      return std::optional<Pair>{};
  }
  auto key = os::read_text_file((folder / kKey).string(), kLongestMeta);
  if (!key)
    return key.error();
  auto config = os::read_text_file((folder / kConfig).string(), kLongestMeta);
  if (!config)
    return config.error();
  if (key->empty() || config->empty())
    return std::optional<Pair>{};
  return std::optional{Pair{*std::move(key), *std::move(config)}};
}

fs::path kept_folder(const std::string& store_dir, const os::StoredStream& stream) {
  return fs::path{meta_root(store_dir)} / "keys" / stream.account / "streams" / stream.name;
}

/// The key first: a copy that is cut off between the two has a meta.inf that the store has no more.
Result<void> keep(const Pair& pair, const fs::path& folder) {
  constexpr mode_t kOwnerOnly = 0700;
  if (auto made = os::make_directories(folder.string(), kOwnerOnly); !made)
    return made;
  if (auto kept = os::write_file_atomically((folder / kKey).string(), pair.key, 0600); !kept)
    return kept;
  return os::write_file_atomically((folder / kConfig).string(), pair.config, 0600);
}

/// nats-server writes the key first, and meta.inf with it: a much later key was put under it.
bool looks_replaced(const fs::path& folder) {
  constexpr std::chrono::seconds kApart{2};
  std::error_code error;
  const auto key = fs::last_write_time(folder / kKey, error);
  const auto config = error ? key : fs::last_write_time(folder / kConfig, error);
  return !error && key > config + kApart;
}

/// `written`: the folder of what was kept is added to it.
Result<void> keep_key_of(const std::string& store_dir,
                         const os::StoredStream& stream,
                         std::set<fs::path>& written) {
  const auto now = read_pair(stream.folder);
  if (!now)
    return now.error();
  const fs::path folder = kept_folder(store_dir, stream);
  const auto kept = read_pair(folder);
  if (!kept)
    return kept.error();
  const std::optional<Pair>& pair = *now;
  const std::optional<Pair>& before = *kept;
  if (!pair || (before && before->key == pair->key && before->config == pair->config) ||
      looks_replaced(stream.folder))
    return {};
  written.insert(folder);
  return keep(*pair, folder);
}

/// The names of the folders that were made, up to STORE_DIR.
Result<void> sync_folders_above(const std::string& store_dir, const std::set<fs::path>& folders) {
  const fs::path root = fs::path{meta_root(store_dir)}.parent_path();
  std::set<fs::path> above;
  for (const fs::path& folder : folders)
    for (fs::path one = folder.parent_path(); one.string().size() >= root.string().size();
         one = one.parent_path())
      above.insert(one);
  for (const fs::path& one : above)
    if (auto synced = os::sync_folder(one.string()); !synced)
      return synced;
  return {};
}

Result<std::optional<std::string>> put_key_back(const std::string& store_dir,
                                                const os::StoredStream& stream) {
  const auto kept = read_pair(kept_folder(store_dir, stream));
  if (!kept)
    return kept.error();
  const std::optional<Pair>& before = *kept;
  if (!before)
    return std::optional<std::string>{};
  const auto now = read_pair(stream.folder);
  if (!now)
    return now.error();
  const std::optional<Pair>& pair = *now;
  if (!pair || pair->config != before->config || pair->key == before->key)
    return std::optional<std::string>{};
  const std::string file = stream.folder + "/" + kKey;
  const std::string aside = (kept_folder(store_dir, stream) / "meta.key.replaced").string();
  if (auto written = os::write_file_atomically(aside, pair->key, 0600); !written)
    return written.error();
  if (auto written = os::write_file_atomically(file, before->key, 0600); !written)
    return written.error();
  return std::optional{
      fmt::format("another key stood in {} than the one with which nats-server wrote the meta.inf "
                  "beside it, and stream {} could not have been read with it: the former one is "
                  "there again, the other one in {}",
                  file, stream.name, aside)};
}

}  // namespace

Result<void> keep_stream_keys(const std::string& store_dir) {
  const auto streams = os::scan_store(store_dir);
  if (!streams)
    return streams.error();
  std::set<fs::path> written;
  for (const os::StoredStream& stream : *streams)
    if (stream.encrypted)
      if (auto kept = keep_key_of(store_dir, stream, written); !kept)
        return kept;
  return sync_folders_above(store_dir, written);
}

Result<std::vector<std::string>> put_stream_keys_back(const std::string& store_dir) {
  std::vector<std::string> lines;
  std::error_code error;
  const bool any = fs::exists(fs::path{meta_root(store_dir)} / "keys", error);
  if (error)
    return system_error("cannot look at " + meta_root(store_dir), error.value());
  if (!any)
    return lines;
  const auto streams = os::scan_store(store_dir);
  if (!streams)
    return streams.error();
  for (const os::StoredStream& stream : *streams) {
    const auto back = put_key_back(store_dir, stream);
    if (!back)
      return back.error();
    if (const std::optional<std::string>& line = *back)
      lines.push_back(*line);
  }
  return lines;
}

Result<std::vector<std::string>> prepare_stream_keys(const std::string& store_dir, bool encrypted) {
  auto lines = put_stream_keys_back(store_dir);
  if (!lines || !encrypted)
    return lines;
  // On a full disk what is stored can still be read, and room be made: nothing to stay down for.
  if (const auto kept = keep_stream_keys(store_dir); !kept)
    lines->push_back("no copy of the keys of encrypted streams can be kept: " +
                     kept.error().message);
  return lines;
}

}  // namespace unified::app
