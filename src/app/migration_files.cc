#include "app/migration_files.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <utility>

#include <fmt/format.h>

#include "jetstream/migration.h"
#include "jetstream/parked_stream.h"
#include "os/atomic_file.h"
#include "os/directories.h"
#include "os/file_text.h"
#include "os/synced_file.h"

namespace unified::app {
namespace {

namespace fs = std::filesystem;
using jetstream::MigrationJournal;

constexpr const char* kRoot = "unified-migration";
constexpr const char* kPrefix = "stream-";
constexpr const char* kJournal = "journal.json";
constexpr const char* kData = "stream.tar.s2";
constexpr const char* kDescription = "backup.json";
constexpr const char* kHalfMade = "half-made";
constexpr std::size_t kLongestMeta = std::size_t{16} << 20U;
constexpr std::size_t kLongestJournal = std::size_t{64} << 20U;
/// Where declared streams live.
constexpr const char* kLocalStreams = "jetstream/$G/streams";
/// What nats CLI sends, too; 2.9 wants chunks below its max_payload.
constexpr std::size_t kPiece = std::size_t{64} * 1024;

std::string root_of(const std::string& store_dir) {
  return (fs::path{store_dir} / kRoot).string();
}

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
  if (file.bad() || bytes != journal.backup_bytes || sum.text() != journal.backup_sum)
    return Error{fmt::format("the backup is not as it was written ({} of {} bytes)", bytes,
                             journal.backup_bytes)};
  return held.empty() ? Result<void>{} : sink(held);
}

/// A folder of nats-server's that a migration has left: only the backup brings back what is in it.
/// It writes meta.inf before it takes a message, and loads nothing without it.
enum class Left { kByUs, kUnreadable, kByOthers };

Left left_in(const std::string& folder) {
  std::error_code error;
  const std::string meta = folder + "/meta.inf";
  const bool there = fs::exists(meta, error);
  if (error)
    return Left::kUnreadable;
  if (!there)
    return Left::kByUs;
  const auto text = os::read_text_file(meta, kLongestMeta);
  const auto config = text ? nlohmann::json::parse(*text, nullptr, false) : nlohmann::json{};
  if (!config.is_object() || !config.contains("subjects"))
    return Left::kUnreadable;
  return jetstream::is_parked(config) ? Left::kByUs : Left::kByOthers;
}

/// The folders that clear_the_way() moved here.
std::vector<std::string> half_made_in(const std::string& folder) {
  std::vector<std::string> found;
  std::error_code error;
  fs::directory_iterator entries{folder, error};
  for (; !error && entries != fs::directory_iterator{}; entries.increment(error))
    if (entries->path().filename().string().starts_with(kHalfMade))
      found.push_back(entries->path().string());
  return found;
}

std::string free_name(const std::string& path) {
  std::error_code ignored;
  for (int number = 1;; ++number)
    if (std::string name = fmt::format("{}-{}", path, number); !fs::exists(name, ignored))
      return name;
}

}  // namespace

MigrationFiles::MigrationFiles(const std::string& store_dir, const std::string& stream)
    : store_dir_(store_dir),
      folder_((fs::path{store_dir} / kRoot / (kPrefix + stream)).string()) {}

Result<void> MigrationFiles::write(const MigrationJournal& journal) const {
  if (auto made = os::make_directories(folder_, 0700); !made)
    return made;
  return os::write_file_atomically(folder_ + "/" + kJournal, to_text(journal), 0600);
}

Result<MigrationFiles::Saved> MigrationFiles::save(
    const std::function<Result<nlohmann::json>(const Sink& sink)>& fill) const {
  auto saved = write_backup(fill);
  if (!saved) {  // the disk may be full of it, and the journal needs room
    std::error_code ignored;
    fs::remove(folder_ + "/" + kData + ".part", ignored);
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
  const auto description = fill([&](std::string_view piece) -> Result<void> {
    gathered += piece;
    saved.bytes += static_cast<std::int64_t>(piece.size());
    return flush(kPiece);
  });
  if (!description)
    return description.error();
  if (auto rest = flush(1); !rest)
    return rest.error();
  if (auto finished = file->finish(); !finished)
    return finished.error();
  const std::string text =
      description->dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  if (auto written = os::write_file_atomically(folder_ + "/" + kDescription, text, 0600); !written)
    return written.error();
  saved.sum = sum.text();
  return saved;
}

Result<void> MigrationFiles::load(const MigrationJournal& journal, const Sink& sink) const {
  const std::string path = folder_ + "/" + kData;
  std::ifstream file{path, std::ios::binary};
  if (!file)
    return Error{"cannot read " + path};
  auto fed = feed(file, journal, sink);
  return fed ? fed : Error{path + ": " + fed.error().message};
}

void MigrationFiles::remove_proof() const {
  std::error_code ignored;
  fs::remove_all(proof_folder(), ignored);
}

void MigrationFiles::remove_half_made() const {
  std::error_code ignored;
  for (const std::string& folder : half_made_in(folder_))
    if (left_in(folder) == Left::kByUs)
      fs::remove_all(folder, ignored);
}

bool MigrationFiles::has_half_made() const {
  return !half_made_in(folder_).empty();
}

Result<std::string> MigrationFiles::forget(bool keep, const std::string& date) const {
  std::error_code error;
  if (!fs::exists(folder_, error) && !error)
    return std::string{};
  remove_proof();
  // First: from now on nothing is pending, whatever comes.
  fs::remove(folder_ + "/" + kJournal, error);
  if (error)
    return system_error("cannot remove " + folder_ + "/" + kJournal, error.value());
  if (auto synced = os::sync_file_system(folder_); !synced)
    return synced.error();
  remove_half_made();
  if (keep || has_half_made()) {
    std::string kept = free_name(folder_ + "-" + date);
    if (auto renamed = os::rename_synced(folder_, kept); !renamed)
      return renamed.error();
    return kept;
  }
  fs::remove_all(folder_, error);
  fs::remove(root_of(store_dir_), error);  // if it was the last one
  return std::string{};
}

Result<void> MigrationFiles::put_leftover_aside(const std::string& date) const {
  std::error_code error;
  const bool is_one = fs::exists(folder_ + "/" + kDescription, error) &&
                      !fs::exists(folder_ + "/" + kJournal, error);
  return is_one && !error ? os::rename_synced(folder_, free_name(folder_ + "-" + date))
                          : Result<void>{};
}

std::set<std::string> kept_backups(const std::string& store_dir) {
  std::set<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entries{root_of(store_dir), error};
       !error && entries != fs::directory_iterator{}; entries.increment(error))
    if (fs::exists(entries->path() / kDescription, error) &&
        !fs::exists(entries->path() / kJournal, error))
      names.insert(entries->path().filename().string());
  return names;
}

Result<std::vector<PendingMigration>> pending_migrations(const std::string& store_dir) {
  std::vector<PendingMigration> found;
  std::error_code error;
  fs::directory_iterator entries{root_of(store_dir), error};
  if (error == std::errc::no_such_file_or_directory)
    return found;
  for (; !error && entries != fs::directory_iterator{}; entries.increment(error)) {
    const std::string folder = entries->path().string();
    const std::string name = entries->path().filename().string();
    const bool begun = name.starts_with(kPrefix) && fs::exists(folder + "/" + kJournal, error);
    if (error)
      break;
    if (!begun)
      continue;
    const auto text = os::read_text_file(folder + "/" + kJournal, kLongestJournal);
    auto journal = text ? jetstream::parse_journal(*text) : Result<MigrationJournal>{text.error()};
    const std::string stream = name.substr(std::string_view{kPrefix}.size());
    if (journal && journal->stream != stream)
      journal = Error{"it is of stream " + journal->stream};
    found.push_back({stream, folder, std::move(journal)});
  }
  if (error)
    return system_error("cannot look for migrations in " + root_of(store_dir), error.value());
  std::ranges::sort(found, {}, &PendingMigration::stream);
  return found;
}

Result<std::vector<std::string>> clear_the_way(const std::string& store_dir) {
  const auto all = pending_migrations(store_dir);
  if (!all)
    return all.error();
  std::vector<std::string> lines;
  for (const PendingMigration& pending : *all) {
    if (!pending.journal || !may_be_half_there(*pending.journal))
      continue;
    const std::string folder = (fs::path{store_dir} / kLocalStreams / pending.stream).string();
    std::error_code error;
    if (!fs::exists(folder, error) && !error)
      continue;
    if (left_in(folder) == Left::kByOthers) {
      lines.push_back(
          fmt::format("stream {} was being migrated, and what is in {} is not of that: "
                      "it stays where it is",
                      pending.stream, folder));
      continue;
    }
    const std::string aside = free_name(pending.folder + "/" + kHalfMade);
    if (auto moved = os::rename_synced(folder, aside); !moved)
      return moved.error();
    lines.push_back(fmt::format("stream {} was being migrated: what is half there was moved to {}",
                                pending.stream, aside));
  }
  return lines;
}

}  // namespace unified::app
