#pragma once

#include <optional>
#include <string>

#include "base/result.h"

/// Names in STORE_DIR/unified-migration, and what lies there.
namespace unified::app {

inline constexpr const char* kMigrationRoot = "unified-migration";
inline constexpr const char* kMigrationPrefix = "stream-";
inline constexpr const char* kMigrationJournal = "journal.json";
inline constexpr const char* kBackupDescription = "backup.json";
/// In backup.json: what the journal says of the backup.
inline constexpr const char* kFigures = "unified_nats";
inline constexpr const char* kHalfMade = "half-made";
/// Where declared streams live in STORE_DIR.
inline constexpr const char* kLocalStreams = "jetstream/$G/streams";

std::string migration_root(const std::string& store_dir);

/// PATH-1, or the first number that nothing has.
std::string free_name(const std::string& path);

/// `folder`-DAY-N: where it goes when no migration needs it any more. `time`: RFC 3339.
std::string aside_name(const std::string& folder, const std::string& time);

/// `folder` without a journal and not empty (a crash at the end of a migration): renamed to
/// `folder`-DAY-N, of the day of its last change; returns that path, or none: nothing was there to
/// do.
Result<std::optional<std::string>> put_leftover_aside(const std::string& folder);

/// A folder of nats-server's that a migration has left: only the backup brings back what is in it.
/// It writes meta.inf before it takes a message, and loads nothing without it.
enum class LeftFolder {
  kByUs,    ///< parked, or never to be loaded
  kSealed,  ///< nothing can be stored in it
  kUnreadable,
  kByOthers,
};
LeftFolder left_in(const std::string& folder);
/// When the stream in that folder was made, as its INFO says; empty: unknown.
std::string created_in(const std::string& folder);

}  // namespace unified::app
