#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/server_version.h"

namespace unified::jetstream {

/// What processes of ours may still take without being killed for it, bytes.
struct MemoryRoom {
  std::int64_t free = 0;
  std::int64_t limit = 0;  ///< of the cgroup that is the tightest; 0: the machine itself is
};

/// A stream whose backup is to be tried out, and which is then to be put in place.
struct RestoreTask {
  ServerVersion version;
  std::int64_t stream_bytes = 0;  ///< as the server counts them
  bool restores = true;           ///< it comes back by a restore, not message by message
  bool into_memory = false;       ///< and is kept there
};

/// What that needs beside what runs already, bytes. nats-server up to 2.10 streams what is restored
/// to the disk (23 MB were resident after 2.8 GB); later ones may hold it in memory until the
/// stream is loaded (2.15: 2.6 GB after 2.8 GB). Seen with 2.9.10, 2.10.27 and 2.15.1: from 2.11 on
/// a server counts as one of the later ones.
struct RestoreNeeds {
  std::int64_t proof = 0;  ///< to start a second server and try the backup out in it
  std::int64_t live = 0;   ///< for the server that runs
};
RestoreNeeds restore_needs(const RestoreTask& task);

/// Why it is not begun: a sentence with what is free, what is needed and the limit. Nothing = there
/// is room.
std::optional<std::string> restore_refusal(const RestoreTask& task, const MemoryRoom& room);

/// GOMEMLIMIT for the server in which a backup is tried out, bytes: it collects its garbage before
/// it takes what the one that serves may need.
std::int64_t proof_memory_limit(const MemoryRoom& room);

}  // namespace unified::jetstream
