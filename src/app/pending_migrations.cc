#include "app/pending_migrations.h"

#include <filesystem>
#include <optional>
#include <regex>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "app/migration_folder.h"
#include "jetstream/migration.h"
#include "os/file_text.h"
#include "os/synced_file.h"

namespace unified::app {
namespace {

namespace fs = std::filesystem;
using jetstream::MigrationJournal;

constexpr std::size_t kLongestJournal = std::size_t{64} << 20U;

Result<MigrationJournal> read_journal(const std::string& folder, const std::string& stream) {
  const auto text = os::read_text_file(folder + "/" + kMigrationJournal, kLongestJournal);
  if (!text)
    return text.error();
  auto journal = jetstream::parse_journal(*text);
  if (journal && journal->stream != stream)
    return Error{"it is of stream " + journal->stream};
  return journal;
}

/// Why the folder of a stream is not one that only the backup brings back; empty: it is.
std::string why_it_stays(const std::string& folder, const MigrationJournal& journal) {
  constexpr int kFirstThatSeals = 2;
  switch (left_in(folder)) {
    case LeftFolder::kByOthers:
      return "is not of that";
    case LeftFolder::kSealed:
      return journal.condemned.empty() || created_in(folder) != journal.condemned
                 ? "was not compared with the backup"
                 : "";
    case LeftFolder::kByUs: {
      std::error_code error;
      const bool loadable = fs::exists(folder + "/meta.inf", error);
      return loadable && journal.format < kFirstThatSeals ? "was not compared with the backup" : "";
    }
    case LeftFolder::kUnreadable:
      break;
  }
  return {};
}

/// Of "stream-NAME-2026-11-22-1", or of "stream-NAME".
std::string stream_of(const std::string& folder_name) {
  const std::regex aside{"(.+)-[0-9]{4}-[0-9]{2}-[0-9]{2}-[0-9]+"};
  const std::string name = folder_name.substr(std::string_view{kMigrationPrefix}.size());
  std::smatch parts;
  return std::regex_match(name, parts, aside) ? parts[1].str() : name;
}

/// "stream-…" in the store; none when there is no store, or no such folder.
Result<std::vector<fs::path>> folders_in(const std::string& store_dir) {
  std::vector<fs::path> found;
  if (store_dir.empty())  // "" and the migrations' folder would be one of the working directory
    return found;
  const std::string root = migration_root(store_dir);
  std::error_code error;
  fs::directory_iterator entries{root, error};
  for (; !error && entries != fs::directory_iterator{}; entries.increment(error))
    if (entries->path().filename().string().starts_with(kMigrationPrefix))
      found.push_back(entries->path());
  if (error && error != std::errc::no_such_file_or_directory)
    return system_error("cannot look for migrations in " + root, error.value());
  return found;
}

}  // namespace

Result<std::map<std::string, std::string>> begun_migrations(const std::string& store_dir) {
  const auto folders = folders_in(store_dir);
  if (!folders)
    return folders.error();
  std::map<std::string, std::string> found;
  for (const fs::path& folder : *folders) {
    std::error_code error;
    if (fs::exists(folder / kMigrationJournal, error))
      found.emplace(folder.filename().string().substr(std::string_view{kMigrationPrefix}.size()),
                    folder.string());
    if (error)
      return system_error("cannot look into " + folder.string(), error.value());
  }
  return found;
}

Result<std::vector<PendingMigration>> pending_migrations(const std::string& store_dir) {
  const auto begun = begun_migrations(store_dir);
  if (!begun)
    return begun.error();
  std::vector<PendingMigration> found;
  for (const auto& [stream, folder] : *begun)
    found.push_back({stream, folder, read_journal(folder, stream)});
  return found;
}

std::vector<std::string> put_leftovers_aside(const std::string& store_dir) {
  const auto folders = folders_in(store_dir);
  if (!folders)
    return {folders.error().message};
  std::vector<std::string> lines;
  for (const fs::path& folder : *folders) {
    const std::string name = folder.filename().string();
    const std::string stream = stream_of(name);
    if (kMigrationPrefix + stream != name)
      continue;
    const auto aside = put_leftover_aside(folder.string());
    if (!aside) {
      lines.push_back(aside.error().message);
      continue;
    }
    if (const std::optional<std::string>& path = *aside)
      lines.push_back(fmt::format(
          "a migration of stream {} has ended, and what it left was moved to {}: remove "
          "it when nobody needs the backup in it",
          stream, *path));
  }
  return lines;
}

std::set<std::string> kept_backups(const std::string& store_dir) {
  const auto folders = folders_in(store_dir);
  if (!folders)
    return {};
  std::set<std::string> streams;
  std::error_code error;
  for (const fs::path& folder : *folders)
    if (fs::exists(folder / kBackupDescription, error) &&
        !fs::exists(folder / kMigrationJournal, error))
      streams.insert(stream_of(folder.filename().string()));
  return streams;
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
    if (const std::string why = why_it_stays(folder, *pending.journal); !why.empty()) {
      lines.push_back(
          fmt::format("stream {} was being migrated, and what is in {} {}: it stays "
                      "where it is",
                      pending.stream, folder, why));
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
