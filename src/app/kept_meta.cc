#include "app/kept_meta.h"

#include <chrono>
#include <filesystem>
#include <mutex>
#include <optional>
#include <system_error>
#include <utility>

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

constexpr const char* kConfig = "meta.inf";
constexpr const char* kChecksum = "meta.sum";
/// A change is carried out within this after its copy was made, or is somebody else's.
constexpr std::chrono::minutes kLongestChange{2};

/// Migrations ask on a thread of their own.
std::mutex& changing() {
  static std::mutex mutex;
  return mutex;
}

struct MetaPair {
  std::string config;
  std::string checksum;

  friend bool operator==(const MetaPair&, const MetaPair&) = default;
};
using MaybePair = std::optional<MetaPair>;

/// Nothing: one of the two is missing.
Result<MaybePair> read_once(const fs::path& folder) {
  MetaPair pair;
  for (const auto& [name, content] :
       {std::pair{kChecksum, &pair.checksum}, std::pair{kConfig, &pair.config}}) {
    const std::string file = (folder / name).string();
    std::error_code error;
    const auto type = fs::status(file, error).type();
    if (type == fs::file_type::not_found)
      return MaybePair{};
    if (error)
      return system_error("cannot look at " + file, error.value());
    auto text = os::read_text_file(file, kLongestMeta);
    if (!text)
      return text.error();
    *content = *std::move(text);
  }
  return MaybePair{std::move(pair)};
}

/// Returns a pair that nobody was writing meanwhile: two readings agree.
Result<MaybePair> read_pair(const fs::path& folder) {
  constexpr int kTries = 10;
  auto before = read_once(folder);
  for (int i = 0; i < kTries && before; ++i) {
    auto now = read_once(folder);
    if (!now || *now == *before)
      return now;
    before = std::move(now);
  }
  return before ? Result<MaybePair>{Error{folder.string() + " is changed all the time"}} : before;
}

/// Says how `now` shows that a change of `before` was cut off; returns nothing when the change was
/// carried out as a whole, or not begun. nats-server writes the checksum last.
std::optional<std::string> torn(const MetaPair& now, const MetaPair& before) {
  if (now.checksum.empty())
    return "meta.sum is empty";
  if (now.checksum != before.checksum || now.config == before.config)
    return std::nullopt;
  return now.config.empty() ? "meta.inf is empty" : "meta.inf is new, meta.sum is not";
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

/// With the folders above that are empty then, up to unified-meta. The checksum first: without it
/// there is no copy.
void remove_copy(const fs::path& copy) {
  std::error_code error;
  fs::remove(copy / kChecksum, error);
  fs::remove(copy / kConfig, error);
  for (fs::path folder = copy; folder.filename() != "unified-meta" && fs::remove(folder, error);)
    folder = folder.parent_path();
}

bool is_whole(const MetaPair& pair) {
  return !pair.config.empty() && !pair.checksum.empty();
}

/// The checksum last: without it there is no copy. Nothing waits for the disk, which may hang: the
/// copy is for a nats-server that ends, not for a power loss.
Result<void> write_copy(const MetaPair& pair, const fs::path& copy) {
  constexpr mode_t kOwnerOnly = 0700;
  remove_copy(copy);
  if (auto made = os::make_directories(copy.string(), kOwnerOnly); !made)
    return made;
  if (auto kept = os::write_file_atomically((copy / kConfig).string(), pair.config, 0600,
                                            os::Durability::kQuick);
      !kept)
    return kept;
  return os::write_file_atomically((copy / kChecksum).string(), pair.checksum, 0600,
                                   os::Durability::kQuick);
}

/// While the files are torn by the change before this one, its copy is the only good one.
Result<void> keep_one(const Place& place) {
  const auto now = read_pair(place.folder);
  if (!now)
    return now.error();
  const auto kept = read_pair(place.copy);
  if (!kept)
    return kept.error();
  const MaybePair& files = *now;
  const MaybePair& copy = *kept;
  if (files && copy && is_whole(*copy) && torn(*files, *copy))
    return {};
  if (files && is_whole(*files))
    return write_copy(*files, place.copy);
  remove_copy(place.copy);
  return {};
}

/// Whether `file` was written soon after the copy was made.
bool was_changed_then(const fs::path& file, const fs::path& copy) {
  std::error_code error;
  const auto changed = fs::last_write_time(file, error);
  const auto copied = error ? changed : fs::last_write_time(copy / kChecksum, error);
  return !error && changed - copied < kLongestChange && copied - changed < kLongestChange;
}

/// Takes no room where the file system has hard links.
Result<void> put_file(const fs::path& copy, const fs::path& file) {
  constexpr mode_t kServersMode = 0640;  // of 2.9 to 2.15
  const fs::path beside = file.string() + ".unified";
  std::error_code error;
  fs::remove(beside, error);
  fs::create_hard_link(copy, beside, error);
  if (!error)
    fs::rename(beside, file, error);
  if (!error)
    return os::sync_folder(file.parent_path().string());
  auto text = os::read_text_file(copy.string(), kLongestMeta);
  if (!text)
    return text.error();
  return os::write_file_atomically(file.string(), *text, kServersMode);
}

struct PutBack {
  std::string line;     ///< to be said; empty: the files are whole
  bool is_old = false;  ///< nothing was put back, and the copy stays
};

Result<PutBack> put_back(const fs::path& copy, const fs::path& folder) {
  const auto kept = read_pair(copy);
  if (!kept)
    return kept.error();
  const auto now = read_pair(folder);
  if (!now)
    return now.error();
  const MaybePair& files = *now;
  const MaybePair& before = *kept;
  if (!files || !before || !is_whole(*before))
    return PutBack{};
  const auto what = torn(*files, *before);
  if (!what)
    return PutBack{};
  if (!was_changed_then(folder / (files->checksum.empty() ? kChecksum : kConfig), copy))
    return PutBack{
        fmt::format("{}: nats-server would not load it ({}); a copy of its configuration lies in "
                    "{}, but was made at another time than that change, so its limits may be of "
                    "before somebody else's change: nothing was put back",
                    folder.string(), *what, copy.string()),
        true};
  for (const char* name : {kConfig, kChecksum})
    if (auto put = put_file(copy / name, folder / name); !put)
      return put.error();
  const auto again = read_pair(folder);
  if (!again)
    return again.error();
  if (*again != *kept)
    return Error{folder.string() + " does not have what was put into it"};
  return PutBack{
      fmt::format("{}: nats-server ended while it wrote a changed configuration ({}) and "
                  "would not load it; the configuration of before the change was put "
                  "back",
                  folder.string(), *what)};
}

/// Every folder below `root` that has a copy.
std::vector<fs::path> copies_below(const fs::path& root, std::error_code& error) {
  std::vector<fs::path> copies;
  fs::recursive_directory_iterator entries{root, error};
  for (; !error && entries != fs::recursive_directory_iterator{}; entries.increment(error))
    if (entries->path().filename() == kChecksum)
      copies.push_back(entries->path().parent_path());
  return copies;
}

}  // namespace

Result<void> keep_meta(const std::string& store_dir, const jetstream::MadeObject& object) {
  const std::scoped_lock lock{changing()};
  const auto places = places_of(store_dir, object);
  if (!places)
    return places.error();
  for (const Place& place : *places)
    if (auto kept = keep_one(place); !kept)
      return kept;
  return {};
}

void drop_kept_meta(const std::string& store_dir, const jetstream::MadeObject& object) {
  const std::scoped_lock lock{changing()};
  const auto places = places_of(store_dir, object);
  if (!places)
    return;
  for (const Place& place : *places) {
    const auto kept = read_pair(place.copy);
    const auto now = read_pair(place.folder);
    if (!kept || !now)
      continue;
    const MaybePair& files = *now;
    const MaybePair& before = *kept;
    if (files && before && !torn(*files, *before))
      remove_copy(place.copy);
  }
}

std::vector<std::string> put_torn_meta_back(const std::string& store_dir) {
  const std::scoped_lock lock{changing()};
  std::vector<std::string> lines;
  const fs::path root = root_of(store_dir);
  std::error_code error;
  for (const fs::path& copy : copies_below(root, error)) {
    const fs::path folder = fs::path{store_dir} / "jetstream" / copy.lexically_relative(root);
    const auto done = put_back(copy, folder);
    if (!done) {
      lines.push_back(fmt::format(
          "{}: whether a change of its configuration was cut off can't be told, or mended ({}); "
          "what it was before lies in {}",
          folder.string(), done.error().message, copy.string()));
      continue;
    }
    if (!done->is_old)
      remove_copy(copy);
    if (!done->line.empty())
      lines.push_back(done->line);
  }
  if (error && error != std::errc::no_such_file_or_directory)
    lines.push_back(fmt::format("cannot look into {}: {}", root.string(), error.message()));
  return lines;
}

}  // namespace unified::app
