#include "health/store_trial.h"

#include <algorithm>
#include <array>
#include <utility>

#include "health/disk_room.h"

namespace unified::health {
namespace {

/// By experiment with EIO, EROFS, EFBIG, EPERM and ENOSPC.
constexpr std::array<std::string_view, 3> kFailedWrites{
    "failed to store a msg",  // 2.9.10, 2.10.27, 2.15.1
    "ritical write error",    // 2.15.1: "Filestore [S] Critical …", "JetStream stream … critical …"
    "could not create storage directory"};  // a CREATE, 2.10.27, 2.15.1
/// Also "failed to store a msg", but no file is to blame: nats-server's errors for a stream that is
/// deleted under its publisher, and for its limits (2.9.10 to 2.15.1).
constexpr std::array<std::string_view, 7> kNotOfTheDisk{
    "store is closed",          "store closed",      "maximum messages",      "maximum bytes",
    "maximum message exceeded", "message too large", "insufficient resources"};
constexpr std::chrono::seconds kRest{5};
constexpr std::chrono::minutes kMemory{1};
/// nats-server's blocks of messages are no larger (2.9.10: 16 MB; 2.10 and newer: 8 MB).
constexpr std::int64_t kLargestBlock = std::int64_t{16} * 1024 * 1024;

/// By the names that os::try_synced_write() gives to errno.
bool is_for_want_of_room(const TrialOutcome& outcome) {
  return outcome.words.find("(ENOSPC)") != std::string::npos ||
         outcome.words.find("(EDQUOT)") != std::string::npos;
}

template <std::size_t kSize>
bool has_any_of(std::string_view text, const std::array<std::string_view, kSize>& phrases) {
  return std::ranges::any_of(phrases, [text](std::string_view words) {
    return text.find(words) != std::string_view::npos;
  });
}

bool has_recent_line(const StoreTrials& trials, StoreTrials::TimePoint now) {
  return trials.line_at && now - *trials.line_at < kMemory;
}

TrialStep refuse(StoreTrials& trials, std::string why) {
  const bool first = trials.refusal.empty();
  trials.refusal = std::move(why);
  trials.doubt.clear();
  return first ? TrialStep::kTellRefusal : TrialStep::kNothing;
}

/// Want of room is told by the watch of the disk, which stops nats-server, unless it goes on.
TrialStep refuse_write(StoreTrials& trials, const TrialOutcome& outcome) {
  const bool goes_on = trials.untold;
  const TrialStep step = refuse(trials, "the store's file system refuses writes: " + outcome.words);
  trials.untold = step == TrialStep::kTellRefusal && is_for_want_of_room(outcome);
  if (goes_on)
    return TrialStep::kTellRefusal;
  return trials.untold ? TrialStep::kNothing : step;
}

TrialStep doubt(StoreTrials& trials, std::string why) {
  const bool first = trials.doubt.empty();
  trials.doubt = std::move(why);
  return first ? TrialStep::kTellDoubt : TrialStep::kNothing;
}

TrialStep recover(StoreTrials& trials) {
  trials.refused_by_sync = false;
  if (std::exchange(trials.refusal, {}).empty())
    return TrialStep::kNothing;
  trials.line_at.reset();  // it was about what is over
  return std::exchange(trials.untold, false) ? TrialStep::kNothing : TrialStep::kTellRecovery;
}

TrialStep end_slow_sync(StoreTrials& trials, const std::string& words, bool has_another_sign) {
  const bool second = trials.refused_by_sync || !trials.doubt.empty();
  if (second && has_another_sign) {
    trials.refused_by_sync = true;
    return refuse(trials, "the store's file system does not answer: " + words);
  }
  // JetStream answers and nothing failed for a minute: it gets on with its work. Whatever was
  // refused before was written this time.
  if (!trials.refusal.empty() && !has_another_sign) {
    (void)doubt(trials, words);
    return recover(trials);
  }
  return trials.refusal.empty() ? doubt(trials, words) : TrialStep::kNothing;
}

}  // namespace

bool tells_of_failed_write(std::string_view text) {
  return has_any_of(text, kFailedWrites) && !has_any_of(text, kNotOfTheDisk) &&
         !tells_of_no_room(text);
}

void server_started(StoreTrials& trials, StoreTrials::TimePoint now) {
  trials.since = now;
  trials.line_told = false;
  trials.again.reset();
  trials.line.clear();
  trials.line_at.reset();
  if (!std::exchange(trials.untold, false))
    return;
  trials.refusal.clear();
  trials.last.reset();
  trials.line_told = true;
}

void server_ready(StoreTrials& trials) {
  trials.at_once = !trials.refusal.empty();
}

bool note_line(StoreTrials& trials, std::string_view text, StoreTrials::TimePoint now) {
  if (!tells_of_failed_write(text))
    return false;
  trials.line_told = true;
  trials.large_file = text.find("file too large") != std::string_view::npos;
  trials.line = text;
  trials.line_at = now;
  return true;
}

StoreTrials::TimePoint next_trial(const StoreTrials& trials) {
  if (trials.at_once)
    return trials.since;
  const StoreTrials::TimePoint earliest = trials.last ? *trials.last + kRest : trials.since;
  if (trials.line_told)
    return earliest;
  if (!trials.refusal.empty() || !trials.doubt.empty())
    return std::max(earliest, trials.since);
  const StoreTrials::TimePoint quiet =
      std::max(trials.last.value_or(trials.since), trials.since) + trials.quiet_period;
  return trials.again ? std::min(quiet, std::max(earliest, *trials.again)) : quiet;
}

std::int64_t begin_trial(StoreTrials& trials, StoreTrials::TimePoint now) {
  trials.last = now;
  trials.at_once = false;
  trials.again.reset();
  trials.line_told = false;
  return trials.large_file ? kLargestBlock : 0;
}

TrialStep end_trial(StoreTrials& trials,
                    const TrialOutcome& outcome,
                    bool jetstream_silent,
                    StoreTrials::TimePoint now) {
  using Kind = TrialOutcome::Kind;
  switch (outcome.kind) {
    case Kind::kRefused:
      trials.refused_by_sync = false;
      return refuse_write(trials, outcome);
    case Kind::kSilent:
      trials.refused_by_sync = false;
      return refuse(trials, "the store's file system does not answer: " + outcome.words);
    case Kind::kSlowSync:
      return end_slow_sync(trials, outcome.words, jetstream_silent || has_recent_line(trials, now));
    case Kind::kUnknown:
      return trials.refusal.empty()
                 ? doubt(trials, "whether the store takes writes is not known: " + outcome.words)
                 : TrialStep::kNothing;
    case Kind::kWritten:
      break;
  }
  trials.doubt.clear();
  trials.large_file = trials.large_file && has_recent_line(trials, now);
  return recover(trials);
}

std::string complaint(const StoreTrials& trials, StoreTrials::TimePoint now) {
  return has_recent_line(trials, now) && trials.refusal.empty() ? trials.line : std::string{};
}

}  // namespace unified::health
