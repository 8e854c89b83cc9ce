#pragma once

#include <cstddef>
#include <string>

#include "base/result.h"
#include "os/atomic_file.h"

namespace unified::app {

/// Where nats.conf goes: what is set, else /app/nats.conf, else RUN_DIR/nats.conf when that one
/// can't be written.
std::string conf_path(const std::string& configured, const std::string& run_dir);

/// Whether nats.conf may be put there: nothing is, or a file that carries our first-line marker (or
/// nothing). Looks only.
Result<void> check_conf_place(const std::string& path);

/// The file whose lock (os::try_lock_file) who writes `path` holds for its life: two brokers with
/// one nats.conf would overwrite each other's, and a server that begins anew would read the other
/// one's. Beside the file that a link leads to.
std::string conf_lock_path(const std::string& path);

/// " (pid 4711)" of the broker that holds that lock; empty when nobody does or it can't be told.
/// Blocks on the file system and /proc.
std::string shown_conf_holder(const std::string& path);

/// Replaces `path` by `text`, 0600, atomically (os::Durability::kQuick: for the moment before a
/// server starts), if check_conf_place() lets us. A link is followed: with a read-only root
/// /app/nats.conf points into RUN_DIR.
Result<void> write_conf(const std::string& path,
                        const std::string& text,
                        os::Durability durability);

/// Sets room for `bytes` aside at `path` (a file beside it), so that the next write_conf() there
/// succeeds although the file system got full meanwhile; that one gives back what it did not need.
/// Does nothing when the folder of `path` does not exist yet: who makes it writes there first.
Result<void> reserve_conf_room(const std::string& path, std::size_t bytes);

/// As write_conf() with kQuick, and only when the file is not there or says something else: before
/// nats-server reads it again.
Result<void> restore_conf_file(const std::string& path, const std::string& text);

}  // namespace unified::app
