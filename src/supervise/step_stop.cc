#include <csignal>

#include <fmt/format.h>

#include "base/exit_code.h"
#include "supervise/step.h"
#include "supervise/stop.h"

/// What Step does on the way down.
namespace unified::supervise {
namespace {

constexpr std::chrono::seconds kUnkillableAfter{5};
constexpr std::chrono::seconds kUnkillableReminder{60};
/// With less there is no time to send anybody away: a fast stop.
constexpr std::chrono::seconds kLeastForLameDuck{4};

}  // namespace

void Step::operator()(const StopRequested& event) {
  const bool repeated = state_.want == Want::kExit;
  state_.want = Want::kExit;
  switch (state_.phase) {
    case Phase::kIdle:
    case Phase::kBackoff:
    case Phase::kStopped:
      finish(kExitOk);
      return;
    case Phase::kStarting:
      // A signal to a child that has not executed yet would tell nothing: Spawned sends it. The
      // deadline runs from now.
      if (repeated)
        kill();
      else
        arm(Timer::kStopDeadline, stop_grace(policy_));
      return;
    case Phase::kRunning:
    case Phase::kRecovering:
      stop_running(event.lame_duck || policy_.lame_duck);
      return;
    case Phase::kStopping:
      // A preStop hook sends USR2, then the kubelet TERM: that one is the first that means "stop".
      if (state_.lame_duck) {
        end_lame_duck();
        return;
      }
      if (!repeated)
        return;  // on its way down already, for another reason
      report(Report::Level::kWarning, "asked to stop a second time: killing nats-server");
      kill();
      return;
    case Phase::kDumping:
      kill();
      return;
    case Phase::kKilling:
      actions_.emplace_back(KillGroup{});
      if (!repeated)
        arm(Timer::kUnkillable, kUnkillableAfter);
      return;
    case Phase::kFinished:
      return;
  }
}

void Step::operator()(const DownRequested& event) {
  if (state_.want == Want::kExit)
    return;
  const bool repeated = state_.want == Want::kDown;
  state_.want = Want::kDown;
  state_.down_because = event.why;
  switch (state_.phase) {
    case Phase::kIdle:
    case Phase::kBackoff:
      rest();
      return;
    case Phase::kStarting:
      if (!repeated)
        arm(Timer::kStopDeadline, stop_grace(policy_));
      return;
    case Phase::kRunning:
    case Phase::kRecovering:
      stop_running(policy_.lame_duck && !event.at_once);
      return;
    case Phase::kStopping:
      if (state_.lame_duck && event.at_once)
        end_lame_duck();
      return;
    case Phase::kDumping:
    case Phase::kKilling:
    case Phase::kStopped:
    case Phase::kFinished:
      return;
  }
}

void Step::stop_running(bool lame_duck) {
  if (lame_duck && state_.phase == Phase::kRunning && policy_.stop_timeout >= kLeastForLameDuck) {
    send_clients_away();
    return;
  }
  arm(Timer::kStopDeadline, stop_grace(policy_));
  ask_to_stop();
}

/// The stop deadline is armed by the caller: it runs from the request.
void Step::ask_to_stop() {
  state_.phase = Phase::kStopping;
  state_.asked_to_end = true;
  interrupt();
}

/// INT, which every version obeys in lame duck mode, too; TERM is ignored there (supervisors §2,
/// 33).
void Step::interrupt() {
  actions_.emplace_back(SendSignal{SIGINT});
  actions_.emplace_back(SendSignal{SIGCONT});  // a stopped process takes no other signal
}

/// Only of a server that has been ready: before it has its handlers the signal would kill it.
void Step::send_clients_away() {
  state_.phase = Phase::kStopping;
  state_.asked_to_end = true;
  state_.lame_duck = true;
  actions_.emplace_back(SendSignal{SIGUSR2});
  actions_.emplace_back(SendSignal{SIGCONT});
  arm(Timer::kLameDuckOver, policy_.stop_timeout - lame_duck_reserve(policy_) - kKillReserve);
}

void Step::end_lame_duck() {
  cancel_timer_of_phase();
  interrupt();
  arm(Timer::kStopDeadline, lame_duck_reserve(policy_));
}

void Step::kill() {
  cancel_timer_of_phase();
  state_.phase = Phase::kKilling;
  state_.killed_by_us = true;
  state_.asked_to_end = state_.asked_to_end || !state_.hung;
  actions_.emplace_back(KillGroup{});
  arm(Timer::kUnkillable, kUnkillableAfter);
}

/// Nothing can end it, and nobody may start another one on its store.
void Step::note_unkillable() {
  const bool leaving = state_.want == Want::kExit;
  report(
      Report::Level::kError,
      fmt::format("nats-server (pid {}) survives SIGKILL{}: most likely it waits for a disk that "
                  "does not answer",
                  state_.pid, leaving ? ", leaving it behind" : ""));
  if (leaving)
    finish(kExitKilled);
  else
    arm(Timer::kUnkillable, kUnkillableReminder);
}

/// A child is on its way down, or will be told so as soon as it has executed.
bool Step::is_stopping() const {
  return state_.phase == Phase::kStopping ||
         (state_.phase == Phase::kStarting && state_.want != Want::kUp);
}

}  // namespace unified::supervise
