#pragma once

#include <optional>
#include <string>

#include "base/result.h"

/// Names in STORE_DIR/unified-migration, and what lies there.
namespace unified::app::migration_folder {

inline constexpr const char* kRoot = "unified-migration";
inline constexpr const char* kPrefix = "stream-";
inline constexpr const char* kJournal = "journal.json";
inline constexpr const char* kDescription = "backup.json";
inline constexpr const char* kHalfMade = "half-made";

std::string root_of(const std::string& store_dir);

/// PATH-1, or the first number that nothing has.
std::string free_name(const std::string& path);

/// `folder` without a journal and not empty (a crash at the end of a migration): renamed to
/// `folder`-DAY-N, of the day of its last change; returns that path, or none: nothing was there to
/// do.
Result<std::optional<std::string>> put_leftover_aside(const std::string& folder);

/// A folder of nats-server's that a migration has left: only the backup brings back what is in it.
/// It writes meta.inf before it takes a message, and loads nothing without it.
enum class Left { kByUs, kUnreadable, kByOthers };
Left left_in(const std::string& folder);

}  // namespace unified::app::migration_folder
