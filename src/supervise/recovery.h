#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "supervise/lifecycle.h"

namespace unified::supervise {

/// A stream that nats-server restores, or is to restore.
struct RestoringStream {
  std::int64_t bytes = 0;  ///< of its files
  bool begun = false;
  bool restored = false;
};
/// By "ACCOUNT > NAME", as nats-server writes it.
using RestoringStreams = std::map<std::string, RestoringStream>;

struct RecoveryProgress {
  int restored = 0;
  int total = 0;
  std::optional<int> percent;  ///< of the bytes; nothing while their number is not known
  std::optional<std::chrono::seconds> eta;  ///< once 5 % and 2 s are over

  /// "restored 3 of 9 streams, 41 %, about 50 s".
  [[nodiscard]] std::string describe() const;
};

/// Takes a line of nats-server's, without prefix (2.9 to 2.15: "Starting restore for stream 'A >
/// S'", "Restored 1,000 messages for stream 'A > S'" + " in 29ms" since 2.10). 2.15 restores
/// several at a time. False: the line is about something else.
bool note_restore_line(RestoringStreams& streams, const std::string& text);

/// How far the restore is. Pure. Streams that are under way count by what the server has read of
/// files since its start (`bytes_read`, if known), never as done. An index spares the server the
/// reading, so percent may jump.
RecoveryProgress recovery_progress(const RestoringStreams& streams,
                                   std::optional<std::int64_t> bytes_read,
                                   Duration elapsed);

}  // namespace unified::supervise
