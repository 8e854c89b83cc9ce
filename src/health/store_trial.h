#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace unified::health {

/// Whether these words of nats-server's (2.10.27, 2.15.1; 2.9.10 for some writes) say that a write
/// into its store failed. Only for lines without client text. No: what is about a limit of the
/// stream or a stream that is just deleted, and a disk without room (tells_of_no_room()).
bool tells_of_failed_write(std::string_view text);

/// What came of a write of our own in a folder.
struct TrialOutcome {
  enum class Kind {
    kWritten,
    kRefused,
    kSilent,    ///< no outcome in its time: the write itself may hang
    kSlowSync,  ///< written, but not on the disk in its time; nats-server waits for no fsync
    kUnknown    ///< it failed for a reason of our own, or our process was stopped meanwhile
  };
  Kind kind = Kind::kWritten;
  std::string words;  ///< unless it was written: what failed, where and why
};

/// What is known about whether the store's file system takes writes. A value; the functions below
/// change it and do nothing else.
struct StoreTrials {
  using TimePoint = std::chrono::steady_clock::time_point;

  std::chrono::nanoseconds quiet_period = std::chrono::seconds{60};  ///< without any sign
  std::optional<TimePoint> last;                                     ///< when the last trial began
  TimePoint since;                 ///< when nats-server was started
  bool at_once = false;            ///< the next trial is due, whenever the last one was
  std::optional<TimePoint> again;  ///< when to try again for another reason than the ones here
  bool line_told = false;          ///< nats-server told of a failed write since `last`
  bool large_file = false;         ///< the last such line said "file too large"
  std::string line;                ///< the last such line
  std::optional<TimePoint> line_at;
  std::string refusal;           ///< why nothing is stored; empty: it is, as far as we know
  bool refused_by_sync = false;  ///< `refusal` is about an fsync that does not end
  std::string doubt;             ///< why it is not known that all is well; empty: it is
  /// The refusal is for want of room, once: DiskWatch tells of that, and stops nats-server. One
  /// that goes on is told as every other refusal.
  bool untold = false;
};

/// A new incarnation: a refusal of the one before is looked at again soon. One for want of room is
/// over, since DiskWatch has seen room; whether that is so is tried at once.
void server_started(StoreTrials& trials, StoreTrials::TimePoint now);

/// nats-server is ready: a refusal that is over must not keep the broker from being ready, too.
void server_ready(StoreTrials& trials);

/// A line of nats-server's without client text, as it may be shown to people. True if it tells of
/// a failed write.
bool note_line(StoreTrials& trials, std::string_view text, StoreTrials::TimePoint now);

/// When the next trial is due: at once after a line, but no two within 5 s; 5 s after one that
/// failed; else after `quiet_period`.
StoreTrials::TimePoint next_trial(const StoreTrials& trials);

/// A trial begins. Where in its file it must write: far behind, where nats-server said that its
/// file is too large (RLIMIT_FSIZE, or a limit of the file system).
std::int64_t begin_trial(StoreTrials& trials, StoreTrials::TimePoint now);

/// What is to be told after a trial.
enum class TrialStep {
  kNothing,
  kTellRefusal,  ///< the first one that failed
  kTellDoubt,    ///< the first one of which it is not known what it means
  kTellRecovery  ///< the first one that succeeded after one that failed
};
/// An fsync that does not end refuses only the second time in a row, and only with another sign: a
/// line within the last minute, or a JetStream that did not answer when it was asked last.
TrialStep end_trial(StoreTrials& trials,
                    const TrialOutcome& outcome,
                    bool jetstream_silent,
                    StoreTrials::TimePoint now);

/// nats-server's own words of a failed write within the last minute, although our trials succeed:
/// one file of its own may be bad. Empty: none.
std::string complaint(const StoreTrials& trials, StoreTrials::TimePoint now);

}  // namespace unified::health
