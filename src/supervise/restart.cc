#include "supervise/restart.h"

#include <cstddef>

#include "base/exit_code.h"
#include "supervise/backoff.h"

namespace unified::supervise {
namespace {

constexpr std::chrono::seconds kSoundReady{5};  // ready this long: the start itself was fine
constexpr std::chrono::seconds kRestartSpacing{5};
constexpr std::chrono::minutes kHangMemory{10};    // apart by more: not the same trouble
constexpr std::chrono::seconds kBackoffReset{60};  // ready this long: the trouble before is history

bool was_ready_for(const Lifecycle& state, Duration span, TimePoint now) {
  return state.ready_since && now - *state.ready_since >= span;
}

bool budget_spent(Lifecycle& state, const Policy& policy, TimePoint now) {
  while (!state.failures.empty() && now - state.failures.front() > policy.restart_window)
    state.failures.pop_front();
  state.failures.push_back(now);
  return policy.restart_max < 0 ||
         state.failures.size() > static_cast<std::size_t>(policy.restart_max);
}

}  // namespace

RestartDecision decide_retry(Lifecycle& state, const Policy& policy, TimePoint now, double jitter) {
  if (budget_spent(state, policy, now))
    return GiveUp{kExitRestartsSpent};
  return StartAfter{backoff_delay(state.backoff_attempt++, jitter)};
}

RestartDecision decide_restart(Lifecycle& state,
                               const ChildExited& exited,
                               const Policy& policy,
                               TimePoint now,
                               double jitter) {
  const ExitStatus& status = exited.status;
  if (exited.why == StartEnd::kRefused && !state.was_ever_ready)
    return GiveUp{kExitConfiguration};
  // One that was never ready, and that nobody has signalled, did not run.
  const bool ran = state.ready_since || exited.why == StartEnd::kAskedToStop;
  if (policy.restart != Policy::Restart::kAlways && status.success())
    return GiveUp{ran ? kExitOk : kExitConfiguration};
  if (policy.restart == Policy::Restart::kNever)
    return GiveUp{status.shell_code()};
  if (was_ready_for(state, kBackoffReset, now))
    state.backoff_attempt = 0;
  const bool spaced =
      !state.last_crash_restart || now - *state.last_crash_restart > kRestartSpacing;
  if (!was_ready_for(state, kSoundReady, now) || !spaced)
    return decide_retry(state, policy, now, jitter);
  if (budget_spent(state, policy, now))
    return GiveUp{kExitRestartsSpent};
  return StartAtOnce{};
}

RestartDecision decide_after_hang(Lifecycle& state,
                                  const Policy& policy,
                                  TimePoint now,
                                  double jitter) {
  if (policy.restart == Policy::Restart::kNever)
    return GiveUp{kExitKilled};
  if (!state.last_hang || now - *state.last_hang > kHangMemory)
    state.hang_attempt = 0;
  state.last_hang = now;
  if (budget_spent(state, policy, now))
    return GiveUp{kExitRestartsSpent};
  return StartAfter{backoff_delay(state.hang_attempt++, jitter)};
}

}  // namespace unified::supervise
