#include "app/held_streams.h"

#include <utility>

#include "jetstream/rfc3339.h"

namespace unified::app {
namespace {

constexpr std::string_view kRestoreBegins = "$JS.EVENT.ADVISORY.STREAM.RESTORE_CREATE.";
constexpr std::string_view kRestoreEnds = "$JS.EVENT.ADVISORY.STREAM.RESTORE_COMPLETE.";

std::int64_t clock_unix_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string clock_text() {
  return jetstream::format_rfc3339(clock_unix_ns() / jetstream::kSecondNs * jetstream::kSecondNs);
}

std::string describe(const jetstream::SeenRestore& restore) {
  return "is being restored since " + restore.since;
}

}  // namespace

void HeldStreams::heard(std::string_view advisory) {
  const std::scoped_lock lock{mutex_};
  if (advisory.starts_with(kRestoreBegins))
    restore_began(restores_, std::string{advisory.substr(kRestoreBegins.size())},
                  std::chrono::steady_clock::now(), clock_text());
  else if (advisory.starts_with(kRestoreEnds))
    restore_ended(restores_, std::string{advisory.substr(kRestoreEnds.size())});
}

std::vector<std::string> HeldStreams::looked(const jetstream::RestoreLook& look,
                                             std::chrono::nanoseconds limit) {
  const std::scoped_lock lock{mutex_};
  const auto now = std::chrono::steady_clock::now();
  restores_looked_at(restores_, look, now, clock_text());
  return drop_finished(restores_, limit, now);
}

bool HeldStreams::any_restore() const {
  const std::scoped_lock lock{mutex_};
  return !restores_.running.empty();
}

void HeldStreams::forget_restores() {
  const std::scoped_lock lock{mutex_};
  restores_ = {};
}

void HeldStreams::set_pauses(Result<jetstream::Pauses> pauses) {
  const std::scoped_lock lock{mutex_};
  pauses_ = std::move(pauses);
  if (pauses_)
    last_pauses_ = *pauses_;
}

jetstream::Pauses HeldStreams::last_pauses() const {
  const std::scoped_lock lock{mutex_};
  return last_pauses_;
}

std::optional<std::string> HeldStreams::why(const std::string& stream) const {
  const std::scoped_lock lock{mutex_};
  if (const auto restore = restores_.running.find(stream); restore != restores_.running.end())
    return describe(restore->second);
  if (const auto restore = restores_.running.find(std::string{jetstream::kAnyStream});
      restore != restores_.running.end())
    return "may be the one that " + describe(restore->second);
  if (!pauses_)
    return "may be paused: " + pauses_.error().message;
  const auto pause = pauses_->find(stream);
  if (pause == pauses_->end() || pause->second.until_unix_ns <= clock_unix_ns())
    return std::nullopt;
  return jetstream::describe(pause->second);
}

}  // namespace unified::app
