#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "supervise/incident.h"

namespace unified::supervise {

/// A listener of ours, by the setting that names it.
struct PortUse {
  std::string variable;  ///< "NATS_PORT"
  std::string address;   ///< the setting beside it: "NATS_HOST"
  int port = 0;
  std::optional<std::string> holder;  ///< who listens there now; nothing: nobody
};

struct DiskSeen {
  std::int64_t free_bytes = 0;
  std::int64_t total_bytes = 0;
  std::int64_t free_inodes = 0;
  std::int64_t total_inodes = 0;  ///< 0: not counted
};

/// All that is known about an incident.
struct Evidence {
  Incident incident;
  /// What nats-server said in this incarnation, without prefix, oldest first, and without lines
  /// that carry a client's text.
  std::vector<std::string> said;
  std::string hung_why;                   ///< the watchdog's words
  std::optional<std::int64_t> oom_kills;  ///< in our cgroup during this incarnation
  std::optional<std::int64_t> memory_limit;
  std::optional<DiskSeen> disk;  ///< of the store
  std::string store_dir;         ///< empty: no JetStream
  /// Why the store can't be used, as we see it ourselves ("not writable for uid 1000").
  std::string store_trouble;
  std::vector<std::string> stored_streams;  ///< names of the folders in the store
  std::vector<PortUse> ports;
  std::string server_binary;
};

enum class CauseKind {
  kOutOfMemory,
  kDiskFull,
  kPortTaken,
  kAddress,
  kStore,
  kDamagedStream,
  kEncryption,
  kConfiguration,
  kLimits,
  kHung,
  kDiskSilent,
  kServerBug,
  kSignal,
  kStoppedByOthers,
  kExecutable,
  kUnknown
};
/// "out_of_memory", "disk_full" …
std::string to_text(CauseKind kind);

struct Cause {
  CauseKind kind = CauseKind::kUnknown;
  std::string text;    ///< what happened, in plain words
  std::string advice;  ///< what to do
  /// What else than the first source says so; empty: not confirmed, and `text` says that it is what
  /// nats-server said.
  std::string confirmed_by;
};

/// The most likely cause. Pure. The server's words (2.9 to 2.15, supervise/cause_words.cc) never
/// decide alone: where no second source agrees, the cause is not confirmed.
Cause find_cause(const Evidence& evidence);

}  // namespace unified::supervise
