#include "os/store_scan.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <tuple>

namespace unified::os {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxMetaBytes = std::size_t{1024} * 1024;
constexpr std::size_t kMaxFiles = 100'000;

std::string read_small(const fs::path& path) {
  // As much memory as the file needs: there may be a thousand of them.
  std::ifstream file{path, std::ios::binary};
  std::array<char, 4096> piece{};
  std::string text;
  do {
    file.read(piece.data(), piece.size());
    text.append(piece.data(), static_cast<std::size_t>(file.gcount()));
  } while (file && text.size() < kMaxMetaBytes);
  return text;
}

/// The sub-folders of `path`; none if it does not exist.
Result<std::vector<fs::path>> folders_in(const fs::path& path) {
  std::vector<fs::path> folders;
  std::error_code error;
  fs::directory_iterator entries{path, error};
  if (error == std::errc::no_such_file_or_directory)
    return folders;
  for (; !error && entries != fs::directory_iterator{}; entries.increment(error)) {
    std::error_code ignored;
    // nats-server leaves a hidden folder behind for a while after a stream was deleted
    // (2.10, 2.15).
    if (entries->is_directory(ignored) && !entries->path().filename().string().starts_with('.'))
      folders.push_back(entries->path());
  }
  if (error)
    return system_error("cannot read the store directory " + path.string(), error.value());
  return folders;
}

Result<std::vector<fs::path>> accounts_to_move(const std::string& store_dir) {
  auto folders = folders_in(store_dir);
  if (folders)
    std::erase_if(*folders, [](const fs::path& folder) {
      std::error_code ignored;
      return folder.filename() == "jetstream" || !fs::is_directory(folder / "streams", ignored);
    });
  return folders;
}

Result<std::vector<fs::path>> account_folders(const std::string& store_dir) {
  auto accounts = folders_in(fs::path{store_dir} / "jetstream");
  if (!accounts)
    return accounts.error();
  auto to_move = accounts_to_move(store_dir);
  if (!to_move)
    return to_move.error();
  std::ranges::move(*to_move, std::back_inserter(*accounts));
  return accounts;
}

bool is_missing_or_empty(const fs::path& file) {
  std::error_code error;
  const std::uintmax_t size = fs::file_size(file, error);
  return error == std::errc::no_such_file_or_directory || (!error && size == 0);
}

/// In the order in which nats-server writes them.
std::string half_made(const fs::path& folder) {
  for (const char* file : {"meta.inf", "meta.sum"}) {
    std::error_code ignored;
    if (is_missing_or_empty(folder / file))
      return std::string{file} + (fs::exists(folder / file, ignored) ? " is empty" : " is missing");
  }
  return {};
}

/// Whether a block of messages with anything in it is there, or may be.
bool holds_messages(const fs::path& folder) {
  std::error_code error;
  fs::directory_iterator blocks{folder / "msgs", error};
  for (; !error && blocks != fs::directory_iterator{}; blocks.increment(error))
    if (blocks->path().extension() == ".blk" && !is_missing_or_empty(blocks->path()))
      return true;
  return error && error != std::errc::no_such_file_or_directory;
}

/// A CREATE was cut off here before it had written anything that could be lost. What can't be
/// looked at is not hollow.
bool is_hollow(const fs::path& folder) {
  if (!is_missing_or_empty(folder / "meta.inf"))
    return false;
  std::error_code error;
  fs::recursive_directory_iterator entries{folder, error};
  for (; !error && entries != fs::recursive_directory_iterator{}; entries.increment(error)) {
    const bool is_folder = entries->is_directory(error);
    if (error || (!is_folder && !is_missing_or_empty(entries->path())))
      return false;
  }
  return !error;
}

StoredStream stored_stream(const fs::path& account, const fs::path& folder) {
  std::error_code ignored;
  StoredStream stream;
  stream.account = account.filename().string();
  stream.name = folder.filename().string();
  stream.folder = folder.string();
  stream.encrypted = fs::exists(folder / "meta.key", ignored);
  if (!stream.encrypted)
    stream.config_json = read_small(folder / "meta.inf");
  stream.half_made = half_made(folder);
  stream.holds_messages = !stream.half_made.empty() && holds_messages(folder);
  return stream;
}

}  // namespace

std::vector<std::string> stream_folders(const std::string& store_dir, std::size_t most) {
  std::vector<std::string> found;
  const auto accounts = account_folders(store_dir);
  for (const fs::path& account : accounts ? *accounts : std::vector<fs::path>{}) {
    const auto streams = folders_in(account / "streams");
    for (const fs::path& folder : streams ? *streams : std::vector<fs::path>{})
      if (found.size() < most)
        found.push_back(folder.string());
  }
  return found;
}

Result<std::vector<StoredStream>> scan_store(const std::string& store_dir) {
  std::vector<StoredStream> found;
  const auto accounts = account_folders(store_dir);
  if (!accounts)
    return accounts.error();
  for (const fs::path& account : *accounts) {
    const auto streams = folders_in(account / "streams");
    if (!streams)
      return streams.error();
    for (const fs::path& folder : *streams)
      found.push_back(stored_stream(account, folder));
  }
  std::ranges::sort(found, [](const StoredStream& a, const StoredStream& b) {
    return std::tie(a.account, a.name) < std::tie(b.account, b.name);
  });
  return found;
}

Result<std::vector<HalfMade>> half_made_streams(const std::string& store_dir) {
  std::vector<HalfMade> found;
  const auto accounts = account_folders(store_dir);
  if (!accounts)
    return accounts.error();
  for (const fs::path& account : *accounts) {
    const auto streams = folders_in(account / "streams");
    if (!streams)
      return streams.error();
    for (const fs::path& folder : *streams)
      if (std::string what = half_made(folder); !what.empty())
        found.push_back({folder.string(), std::move(what), holds_messages(folder)});
  }
  std::ranges::sort(found, {}, &HalfMade::folder);
  return found;
}

static std::optional<std::string> evidence_below(const std::string& store_dir,
                                                 const fs::path& below_account) {
  const auto accounts = account_folders(store_dir);
  // What can't be looked at may be there: an error is never taken for absence.
  if (!accounts)
    return accounts.error().message;
  for (const fs::path& account : *accounts) {
    const fs::path folder = account / below_account;
    std::error_code error;
    if (fs::exists(folder, error) && !is_hollow(folder))
      return "folder " + folder.string();
    if (error)
      return system_error("cannot look at " + folder.string(), error.value()).message;
  }
  return std::nullopt;
}

std::optional<std::string> stream_evidence(const std::string& store_dir, const std::string& name) {
  return evidence_below(store_dir, fs::path{"streams"} / name);
}

std::optional<std::string> consumer_evidence(const std::string& store_dir,
                                             const std::string& stream,
                                             const std::string& consumer) {
  return evidence_below(store_dir, fs::path{"streams"} / stream / "obs" / consumer);
}

Result<std::vector<std::string>> streams_without_files(const std::string& store_dir,
                                                       const std::vector<std::string>& names) {
  const auto accounts = account_folders(store_dir);
  if (!accounts)
    return accounts.error();
  std::vector<std::string> without;
  for (const std::string& name : names) {
    bool found = false;
    for (const fs::path& account : *accounts) {
      const fs::path folder = account / "streams" / name;
      std::error_code error;
      const bool whole =
          fs::exists(folder / "meta.inf", error) && fs::exists(folder / "msgs", error);
      if (error)
        return system_error("cannot look at " + folder.string(), error.value());
      found = found || whole;
    }
    if (!found)
      without.push_back(name);
  }
  return without;
}

Result<std::vector<std::string>> message_folders(const std::string& store_dir,
                                                 const std::string& name) {
  const auto accounts = account_folders(store_dir);
  if (!accounts)
    return accounts.error();
  std::vector<std::string> folders;
  for (const fs::path& account : *accounts) {
    const fs::path stream = account / "streams" / name;
    std::error_code error;
    if (fs::exists(stream, error))
      folders.push_back((stream / "msgs").string());
    else if (error)
      return system_error("cannot look at " + stream.string(), error.value());
  }
  return folders;
}

bool has_cluster_state(const std::string& store_dir) {
  std::error_code ignored;
  return std::ranges::any_of(std::array{fs::path{store_dir} / "jetstream", fs::path{store_dir}},
                             [&ignored](const fs::path& accounts) {
                               return fs::exists(accounts / "$SYS" / "_js_" / "_meta_", ignored);
                             });
}

std::int64_t bytes_below(const std::string& folder) {
  std::int64_t total = 0;
  std::size_t files = 0;
  std::error_code error;
  fs::recursive_directory_iterator entries{folder, fs::directory_options::skip_permission_denied,
                                           error};
  for (; !error && entries != fs::recursive_directory_iterator{} && files < kMaxFiles;
       entries.increment(error)) {
    std::error_code ignored;
    if (!entries->is_regular_file(ignored))
      continue;
    const std::uintmax_t size = entries->file_size(ignored);
    total += ignored ? 0 : static_cast<std::int64_t>(size);
    ++files;
  }
  return total;
}

}  // namespace unified::os
