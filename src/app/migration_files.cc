#include "app/migration_files.h"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <utility>

#include <fmt/format.h>

#include "app/migration_folder.h"
#include "jetstream/migration.h"
#include "os/atomic_file.h"
#include "os/directories.h"
#include "os/file_text.h"
#include "os/presence.h"
#include "os/synced_file.h"

namespace unified::app {
namespace {

namespace fs = std::filesystem;
using jetstream::MigrationJournal;

constexpr const char* kData = "stream.tar.s2";
constexpr std::size_t kLongestDescription = std::size_t{64} << 20U;
/// What nats CLI sends, too; 2.9 wants chunks below its max_payload.
constexpr std::size_t kPiece = std::size_t{64} * 1024;

/// The file, piece by piece, each given out only when the next one was read: so the last one is
/// held back until the sum is known.
Result<void> feed(std::ifstream& file,
                  const MigrationJournal& journal,
                  const MigrationFiles::Sink& sink) {
  jetstream::Checksum sum;
  std::int64_t bytes = 0;
  std::string held;
  std::string piece(kPiece, '\0');
  while (true) {
    file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    const auto got = static_cast<std::size_t>(file.gcount());
    if (got == 0)
      break;
    if (!held.empty())
      if (auto taken = sink(held); !taken)
        return taken;
    held = piece.substr(0, got);
    sum.add(std::string_view{held});
    bytes += static_cast<std::int64_t>(got);
  }
  if (file.bad())
    return system_error("reading it failed", EIO);
  if (bytes != journal.backup_bytes || sum.text() != journal.backup_sum)
    return Error{fmt::format("the backup is not as it was written ({} of {} bytes)", bytes,
                             journal.backup_bytes)};
  return held.empty() ? Result<void>{} : sink(held);
}

/// The figures of the data that a backup.json was written beside. Nothing when one of them is
/// missing, as in those of a release before.
std::optional<nlohmann::json> figures_in(const std::string& text) {
  const auto description = nlohmann::json::parse(text, nullptr, false);
  if (!description.is_object() || !description.contains(kFigures))
    return std::nullopt;
  const nlohmann::json& figures = description[kFigures];
  const bool whole =
      figures.is_object() && figures.contains("bytes") && figures["bytes"].is_number_integer() &&
      figures.contains("sum") && figures["sum"].is_string() && figures.contains("state") &&
      figures["state"].is_object() && figures.contains("origin") && figures["origin"].is_string() &&
      figures.contains("consumers") && figures["consumers"].is_array();
  return whole ? std::optional{figures} : std::nullopt;
}

/// The folders that clear_the_way() moved here.
std::vector<std::string> half_made_in(const std::string& folder, std::error_code& error) {
  std::vector<std::string> found;
  fs::directory_iterator entries{folder, error};
  for (; !error && entries != fs::directory_iterator{}; entries.increment(error))
    if (entries->path().filename().string().starts_with(kHalfMade))
      found.push_back(entries->path().string());
  return found;
}

}  // namespace

MigrationFiles::MigrationFiles(const std::string& store_dir, const std::string& stream)
    : store_dir_(store_dir),
      stream_(stream),
      folder_((fs::path{store_dir} / kMigrationRoot / (kMigrationPrefix + stream)).string()) {}

Result<void> MigrationFiles::prepare() const {
  const auto aside = put_leftover_aside(folder_);
  if (!aside)
    return aside.error();
  std::error_code error;
  if (fs::exists(folder_ + "/" + kMigrationJournal, error))
    return Error{folder_ +
                 " is there: a migration of this stream was begun before, and the next "
                 "start of this program goes on with it"};
  return error ? Result<void>{system_error("cannot look into " + folder_, error.value())}
               : Result<void>{};
}

Result<void> MigrationFiles::write(const MigrationJournal& journal) const {
  if (auto made = os::make_directories(folder_, 0700); !made)
    return made;
  return os::write_file_atomically(folder_ + "/" + kMigrationJournal, to_text(journal), 0600);
}

Result<MigrationFiles::Saved> MigrationFiles::save(
    const std::function<Result<nlohmann::json>(const Sink& sink)>& fill) const {
  auto saved = write_backup(fill);
  if (!saved) {  // the disk may be full of it, and the journal needs room
    std::error_code ignored;
    fs::remove(os::part_of(folder_ + "/" + kData), ignored);
  }
  return saved;
}

Result<MigrationFiles::Saved> MigrationFiles::write_backup(
    const std::function<Result<nlohmann::json>(const Sink& sink)>& fill) const {
  auto file = os::SyncedFile::create(folder_ + "/" + kData);
  if (!file)
    return file.error();
  // In the pieces in which it is read again: the sum goes by pieces.
  jetstream::Checksum sum;
  Saved saved;
  std::string gathered;
  const auto flush = [&](std::size_t least) -> Result<void> {
    std::size_t at = 0;
    for (; gathered.size() - at >= least && at < gathered.size();) {
      const std::string_view piece = std::string_view{gathered}.substr(at, kPiece);
      sum.add(piece);
      if (auto written = file->append(piece); !written)
        return written;
      at += piece.size();
    }
    gathered.erase(0, at);
    return {};
  };
  auto description = fill([&](std::string_view piece) -> Result<void> {
    gathered += piece;
    saved.bytes += static_cast<std::int64_t>(piece.size());
    return flush(kPiece);
  });
  if (!description)
    return description.error();
  if (auto rest = flush(1); !rest)
    return rest.error();
  if (auto synced = file->sync(); !synced)
    return synced.error();
  saved.sum = sum.text();
  // Before the data gets its name: a crash between that and the journal leaves a backup that says
  // itself what it is (find_unrecorded).
  if (description->contains(kFigures)) {
    (*description)[kFigures]["bytes"] = saved.bytes;
    (*description)[kFigures]["sum"] = saved.sum;
  }
  const std::string text =
      description->dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  if (auto written = os::write_file_atomically(folder_ + "/" + kBackupDescription, text, 0600);
      !written)
    return written.error();
  if (auto finished = file->finish(); !finished)
    return finished.error();
  return saved;
}

Result<std::optional<MigrationJournal>> MigrationFiles::find_unrecorded(
    const MigrationJournal& journal) const {
  const std::string description = folder_ + "/" + kBackupDescription;
  const auto exists = os::name_exists(description);
  if (!exists)
    return exists.error();
  if (!*exists)
    return std::optional<MigrationJournal>{};
  const auto text = os::read_text_file(description, kLongestDescription);
  if (!text)
    return text.error();
  const auto figures = figures_in(*text);
  if (!figures || figures->at("sum") == journal.backup_sum)
    return std::optional<MigrationJournal>{};
  MigrationJournal found = journal;
  found.backup_bytes = figures->at("bytes").get<std::int64_t>();
  found.backup_sum = figures->at("sum").get<std::string>();
  found.state = figures->at("state");
  found.origin = figures->at("origin").get<std::string>();
  found.consumers = figures->at("consumers");
  const auto ignore = [](std::string_view) { return Result<void>{}; };
  const std::string path = folder_ + "/" + kData;
  for (const std::string& place : {path, os::part_of(path)}) {
    if (const auto whole = load_from(place, found, ignore); !whole) {
      // Other bytes than the figures tell of are another backup; an error of the disk is no answer.
      if (const int number = whole.error().number; number != 0 && number != ENOENT)
        return whole.error();
      continue;
    }
    if (place != path)
      if (auto renamed = os::rename_synced(place, path); !renamed)
        return renamed.error();
    return std::optional{std::move(found)};
  }
  return std::optional<MigrationJournal>{};
}

Result<void> MigrationFiles::load(const MigrationJournal& journal, const Sink& sink) const {
  return load_from(folder_ + "/" + kData, journal, sink);
}

Result<void> MigrationFiles::load_from(const std::string& path,
                                       const MigrationJournal& journal,
                                       const Sink& sink) const {
  std::ifstream file{path, std::ios::binary};
  if (!file)
    return system_error("cannot read " + path, errno);
  auto fed = feed(file, journal, sink);
  return fed ? fed : Error{path + ": " + fed.error().message, fed.error().number};
}

void MigrationFiles::remove_proof() const {
  std::error_code ignored;
  fs::remove_all(proof_folder(), ignored);
}

void MigrationFiles::remove_half_made() const {
  std::error_code ignored;
  for (const std::string& folder : half_made_in(folder_, ignored))
    if (const LeftFolder left = left_in(folder);
        left == LeftFolder::kByUs || left == LeftFolder::kSealed)
      fs::remove_all(folder, ignored);
}

bool MigrationFiles::has_backup() const {
  std::error_code error;
  return fs::exists(folder_ + "/" + kBackupDescription, error) || error;
}

Result<std::string> MigrationFiles::stream_folder() const {
  const fs::path folder = fs::path{store_dir_} / kLocalStreams / stream_;
  std::error_code error;
  const auto status = fs::symlink_status(folder, error);
  if (status.type() == fs::file_type::not_found)
    return std::string{};
  if (error)
    return system_error("cannot look at " + folder.string(), error.value());
  return folder.string();
}

bool MigrationFiles::has_half_made() const {
  std::error_code error;
  return !half_made_in(folder_, error).empty() || error;
}

Result<std::string> MigrationFiles::forget(const MigrationJournal& journal, bool keep) const {
  std::error_code error;
  if (!fs::exists(folder_, error) && !error)
    return std::string{};
  remove_proof();
  // First: from now on nothing is pending, whatever comes.
  if (auto removed = remove_journal(); !removed)
    return removed.error();
  remove_half_made();
  if (keep || has_half_made()) {
    std::string kept = aside_name(folder_, journal.begun);
    if (auto renamed = os::rename_synced(folder_, kept); !renamed)
      return renamed.error();
    return kept;
  }
  fs::remove_all(folder_, error);
  fs::remove(migration_root(store_dir_), error);  // if it was the last one
  return std::string{};
}

Result<void> MigrationFiles::withdraw() const {
  std::error_code error;
  if (!fs::exists(folder_, error) && !error)
    return {};
  if (auto removed = remove_journal(); !removed)
    return removed;
  fs::remove(folder_, error);  // what else is in it is not of this migration, and stays
  fs::remove(migration_root(store_dir_), error);
  return {};
}

Result<void> MigrationFiles::remove_journal() const {
  std::error_code error;
  fs::remove(folder_ + "/" + kMigrationJournal, error);
  return error ? Result<void>{system_error("cannot remove " + folder_ + "/" + kMigrationJournal,
                                           error.value())}
               : os::sync_file_system(folder_);
}

}  // namespace unified::app
