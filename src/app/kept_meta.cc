#include "app/kept_meta.h"

#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "app/meta_copy.h"
#include "os/atomic_file.h"
#include "os/directories.h"
#include "os/file_text.h"
#include "os/store_scan.h"

namespace unified::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* kConfig = "meta.inf";
constexpr const char* kChecksum = "meta.sum";

struct MetaPair {
  std::string config;
  std::string checksum;
};

/// Empty: there is no such file, or nothing in it.
Result<std::string> read_meta(const fs::path& file) {
  std::error_code error;
  const auto type = fs::status(file, error).type();
  if (type == fs::file_type::not_found)
    return std::string{};
  if (error)
    return system_error("cannot look at " + file.string(), error.value());
  return os::read_text_file(file.string(), kLongestMeta);
}

/// The checksum first, which nats-server writes last: so a pair that is read while it is written
/// has the old checksum beside the new configuration, never the other way round, which is what a
/// change that was cut off looks like.
Result<MetaPair> read_pair(const fs::path& folder) {
  auto checksum = read_meta(folder / kChecksum);
  if (!checksum)
    return checksum.error();
  auto config = read_meta(folder / kConfig);
  if (!config)
    return config.error();
  return MetaPair{*std::move(config), *std::move(checksum)};
}

/// What a change that began with `before` and was cut off has left in `now`; nothing when it was
/// carried out as a whole, or not begun.
std::optional<std::string> torn(const MetaPair& now, const MetaPair& before) {
  if (now.config.empty())
    return "meta.inf is empty";
  if (now.checksum.empty())
    return "meta.sum is empty";
  if (now.config != before.config && now.checksum == before.checksum)
    return "meta.inf is new, meta.sum is not";
  return std::nullopt;
}

fs::path root_of(const std::string& store_dir) {
  return fs::path{meta_root(store_dir)} / "changing";
}

/// The folder of an object's files, and where its copy lies.
struct Place {
  fs::path folder;
  fs::path copy;
};

/// One for each account that has the stream; the copies are laid out as the store is.
Result<std::vector<Place>> places_of(const std::string& store_dir,
                                     const jetstream::MadeObject& object) {
  const auto folders = os::message_folders(store_dir, object.stream);
  if (!folders)
    return folders.error();
  std::vector<Place> places;
  for (const std::string& messages : *folders) {
    fs::path folder = fs::path{messages}.parent_path();
    const fs::path account = folder.parent_path().parent_path().filename();
    fs::path copy = root_of(store_dir) / account / "streams" / object.stream;
    if (!object.consumer.empty()) {
      folder = folder / "obs" / object.consumer;
      copy = copy / "obs" / object.consumer;
    }
    places.push_back({std::move(folder), std::move(copy)});
  }
  return places;
}

/// With the folders above that are empty then, up to unified-meta.
void remove_pair(const fs::path& copy) {
  std::error_code error;
  fs::remove(copy / kChecksum, error);
  fs::remove(copy / kConfig, error);
  for (fs::path folder = copy; folder.filename() != "unified-meta" && fs::remove(folder, error);)
    folder = folder.parent_path();
}

/// The checksum last: without it there is no copy. Nothing waits for the disk, which may hang: the
/// copy is for a nats-server that ends, not for a power loss.
Result<void> keep_one(const Place& place) {
  constexpr mode_t kOwnerOnly = 0700;
  const auto pair = read_pair(place.folder);
  if (!pair)
    return pair.error();
  remove_pair(place.copy);
  if (pair->config.empty() || pair->checksum.empty())
    return {};
  if (auto made = os::make_directories(place.copy.string(), kOwnerOnly); !made)
    return made;
  if (auto kept = os::write_file_atomically((place.copy / kConfig).string(), pair->config, 0600,
                                            os::Durability::kQuick);
      !kept)
    return kept;
  return os::write_file_atomically((place.copy / kChecksum).string(), pair->checksum, 0600,
                                   os::Durability::kQuick);
}

/// Nothing: there is no whole copy.
Result<std::optional<MetaPair>> kept_in(const fs::path& folder) {
  auto pair = read_pair(folder);
  if (!pair)
    return pair.error();
  if (pair->config.empty() || pair->checksum.empty())
    return std::optional<MetaPair>{};
  return std::optional{*std::move(pair)};
}

/// The line to say; nothing when the files are whole.
Result<std::optional<std::string>> put_back(const fs::path& copy, const fs::path& folder) {
  const auto kept = kept_in(copy);
  if (!kept)
    return kept.error();
  std::error_code error;
  if (!*kept || !fs::is_directory(folder, error))
    return std::optional<std::string>{};
  const auto now = read_pair(folder);
  if (!now)
    return now.error();
  const MetaPair& before = **kept;
  const auto what = torn(*now, before);
  if (!what)
    return std::optional<std::string>{};
  if (auto put = os::write_file_atomically((folder / kConfig).string(), before.config, 0600); !put)
    return put.error();
  if (auto put = os::write_file_atomically((folder / kChecksum).string(), before.checksum, 0600);
      !put)
    return put.error();
  return std::optional{
      fmt::format("{}: nats-server ended while it wrote a changed configuration ({}) and would not "
                  "load it; the "
                  "configuration of before the change was put back",
                  folder.string(), *what)};
}

}  // namespace

Result<void> keep_meta(const std::string& store_dir, const jetstream::MadeObject& object) {
  const auto places = places_of(store_dir, object);
  if (!places)
    return places.error();
  for (const Place& place : *places)
    if (auto kept = keep_one(place); !kept)
      return kept;
  return {};
}

void drop_kept_meta(const std::string& store_dir, const jetstream::MadeObject& object) {
  const auto places = places_of(store_dir, object);
  if (!places)
    return;
  for (const Place& place : *places) {
    const auto before = kept_in(place.copy);
    const auto now = read_pair(place.folder);
    if (before && *before && now && !torn(*now, **before))
      remove_pair(place.copy);
  }
}

std::vector<std::string> put_torn_meta_back(const std::string& store_dir) {
  std::vector<std::string> lines;
  const fs::path root = root_of(store_dir);
  bool all_put_back = true;
  std::error_code error;
  fs::recursive_directory_iterator entries{root, error};
  for (; !error && entries != fs::recursive_directory_iterator{}; entries.increment(error)) {
    if (entries->path().filename() != kChecksum)
      continue;
    const fs::path copy = entries->path().parent_path();
    const fs::path folder = fs::path{store_dir} / "jetstream" / copy.lexically_relative(root);
    auto line = put_back(copy, folder);
    if (!line)
      lines.push_back(fmt::format(
          "{}: whether a change of its configuration was cut off can't be told, or mended ({}); "
          "what it was before lies in {}",
          folder.string(), line.error().message, copy.string()));
    else if (*line)
      lines.push_back(**line);
    all_put_back = all_put_back && line.ok();
  }
  const bool none = error == std::errc::no_such_file_or_directory;
  if (error && !none)
    lines.push_back(fmt::format("cannot look into {}: {}", root.string(), error.message()));
  else if (!none && all_put_back)
    fs::remove_all(root, error);
  return lines;
}

}  // namespace unified::app
