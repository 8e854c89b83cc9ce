#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "jetstream/migration_journal.h"

namespace unified::app {

/// Of migrations that were begun in `store_dir` and are not over: their folders, by stream. An
/// error: it is not known whether there are any, no server may start. These functions block on the
/// disk; without a store (`store_dir` is empty: JetStream is off) they find and do nothing.
Result<std::map<std::string, std::string>> begun_migrations(const std::string& store_dir);

struct PendingMigration {
  std::string stream;
  std::string folder;
  Result<jetstream::MigrationJournal> journal;
};
/// The same with their journals; one that can't be read is a pending one with an error.
Result<std::vector<PendingMigration>> pending_migrations(const std::string& store_dir);

/// At a start: gives what ended migrations left (a crash at their end) a name of its own, which no
/// later one takes; returns the lines to log.
std::vector<std::string> put_leftovers_aside(const std::string& store_dir);

/// The streams of which there is a backup that no migration needs any more.
std::set<std::string> kept_backups(const std::string& store_dir);

/// Before a server starts: folders of streams that may be half deleted or half restored, and that
/// were compared with the backup before, or have been put there by the migration, are moved out of
/// the store into the migration's folder; returns the lines to log. An error: it could not be done,
/// no server may start.
Result<std::vector<std::string>> clear_the_way(const std::string& store_dir);

}  // namespace unified::app
