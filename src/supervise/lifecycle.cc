#include "supervise/lifecycle.h"

#include <csignal>
#include <utility>

#include <fmt/format.h>

#include "base/error.h"
#include "base/exit_code.h"
#include "base/parse.h"
#include "supervise/restart.h"
#include "supervise/spawn_error.h"
#include "supervise/stop.h"

namespace unified::supervise {
namespace {

constexpr std::chrono::seconds kUnkillableAfter{5};

std::string rounded(Duration value) {
  return format_duration(std::chrono::round<std::chrono::milliseconds>(value));
}

/// One call of next(): takes the state along and collects what is to be done.
class Step {
 public:
  Step(Lifecycle state, const Policy& policy, TimePoint now, double jitter)
      : state_(state),
        policy_(policy),
        now_(now),
        jitter_(jitter) {}

  void operator()(const StartRequested& event);
  void operator()(const Spawned& event);
  void operator()(const SpawnFailed& event);
  void operator()(const BecameReady& event);
  void operator()(const ChildExited& event);
  void operator()(const TimerFired& event);
  void operator()(const StopRequested& event);

  Transition result() && { return {.state = std::move(state_), .actions = std::move(actions_)}; }

 private:
  void spawn();
  void ask_to_stop();
  void kill();
  void follow(const RestartDecision& decision, const std::string& what);
  void arm(Timer timer, Duration delay);
  void cancel(Timer timer);
  void cancel_timer_of_phase();
  void report(Report::Level level, std::string text);
  void finish(int exit_code);

  Lifecycle state_;
  const Policy& policy_;
  TimePoint now_;
  double jitter_;
  std::vector<Action> actions_;
};

void Step::operator()(const StartRequested& /*event*/) {
  if (state_.phase == Phase::kBackoff) {
    cancel(Timer::kBackoff);
    state_.backoff_attempt = 0;
    spawn();
  } else if (state_.phase == Phase::kIdle) {
    spawn();
  }
}

void Step::operator()(const Spawned& event) {
  if (event.incarnation != state_.incarnation || !has_child(state_.phase))
    return;
  state_.pid = event.pid;
  if (state_.phase == Phase::kKilling) {
    actions_.emplace_back(KillGroup{});  // the first one may have come before there was a group
  } else if (state_.phase == Phase::kStarting) {
    state_.phase = Phase::kRecovering;
    if (state_.want == Want::kExit)
      ask_to_stop();
  }
}

void Step::operator()(const SpawnFailed& event) {
  if (event.incarnation != state_.incarnation)
    return;
  const std::optional<int> permanent = permanent_spawn_failure(event.error_number);
  // In back-off: the exit of the child that failed to execute was seen before its errno was.
  const bool late = state_.phase == Phase::kBackoff && permanent.has_value();
  if (state_.phase != Phase::kStarting && state_.phase != Phase::kKilling && !late)
    return;
  state_.pid = 0;
  if (state_.want == Want::kExit) {
    finish(kExitOk);
    return;
  }
  const std::string what = system_error("cannot start nats-server", event.error_number).message;
  if (permanent) {
    report(Report::Level::kError, what);
    finish(*permanent);
  } else {
    follow(decide_retry(state_, policy_, now_, jitter_), what);
  }
}

void Step::operator()(const BecameReady& event) {
  if (event.incarnation != state_.incarnation || state_.phase != Phase::kRecovering)
    return;
  state_.phase = Phase::kRunning;
  state_.ready_since = now_;
  state_.failures.clear();
}

void Step::operator()(const ChildExited& event) {
  if (event.incarnation != state_.incarnation || !has_child(state_.phase))
    return;
  state_.pid = 0;
  state_.last_exit = event.status;
  const std::string what = "nats-server " + event.status.describe();
  if (state_.want == Want::kUp) {
    follow(decide_restart(state_, event.status, policy_, now_, jitter_), what);
    return;
  }
  const int exit_code = exit_code_of_stop(event.status);
  report(exit_code == kExitOk ? Report::Level::kInfo : Report::Level::kError,
         what + " on the way down");
  finish(exit_code);
}

void Step::operator()(const TimerFired& event) {
  if (event.generation != state_.timer_generation)
    return;
  switch (event.timer) {
    case Timer::kBackoff:
      if (state_.phase == Phase::kBackoff) {
        state_.last_crash_restart = now_;
        spawn();
      }
      return;
    case Timer::kStopDeadline:
      if (state_.want == Want::kExit && has_child(state_.phase) &&
          state_.phase != Phase::kKilling) {
        report(Report::Level::kWarning,
               fmt::format("nats-server did not stop within {}: killing it",
                           rounded(stop_grace(policy_))));
        kill();
      }
      return;
    case Timer::kUnkillable:
      if (state_.phase == Phase::kKilling) {
        report(Report::Level::kError, fmt::format("nats-server (pid {}) survives SIGKILL, leaving "
                                                  "it behind: most likely it waits for "
                                                  "a disk that does not answer",
                                                  state_.pid));
        finish(kExitKilled);
      }
      return;
  }
}

void Step::operator()(const StopRequested& /*event*/) {
  const bool repeated = state_.want == Want::kExit;
  state_.want = Want::kExit;
  switch (state_.phase) {
    case Phase::kIdle:
    case Phase::kBackoff:
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
    case Phase::kRecovering:
    case Phase::kRunning:
      arm(Timer::kStopDeadline, stop_grace(policy_));
      ask_to_stop();
      return;
    case Phase::kStopping:
      report(Report::Level::kWarning, "asked to stop a second time: killing nats-server");
      kill();
      return;
    case Phase::kKilling:
      actions_.emplace_back(KillGroup{});
      return;
    case Phase::kFinished:
      return;
  }
}

void Step::spawn() {
  ++state_.incarnation;
  if (state_.incarnation > 1)
    ++state_.restarts;
  state_.phase = Phase::kStarting;
  state_.pid = 0;
  state_.ready_since.reset();
  actions_.emplace_back(Spawn{state_.incarnation});
}

/// The stop deadline is armed by the caller: it runs from the request.
void Step::ask_to_stop() {
  state_.phase = Phase::kStopping;
  actions_.emplace_back(SendSignal{SIGINT});
  actions_.emplace_back(SendSignal{SIGCONT});  // a stopped process takes no other signal
}

void Step::kill() {
  cancel(Timer::kStopDeadline);
  state_.phase = Phase::kKilling;
  state_.killed_by_us = true;
  actions_.emplace_back(KillGroup{});
  arm(Timer::kUnkillable, kUnkillableAfter);
}

void Step::follow(const RestartDecision& decision, const std::string& what) {
  if (const auto* give_up = std::get_if<GiveUp>(&decision)) {
    if (give_up->exit_code == kExitRestartsSpent && policy_.restart != Policy::Restart::kNever)
      report(Report::Level::kError,
             fmt::format("{}: {} failures within {} without getting ready, giving up", what,
                         state_.failures.size(), rounded(policy_.restart_window)));
    else
      report(give_up->exit_code == kExitOk ? Report::Level::kInfo : Report::Level::kError,
             what + ": not restarted (RESTART_POLICY)");
    finish(give_up->exit_code);
  } else if (const auto* later = std::get_if<StartAfter>(&decision)) {
    report(Report::Level::kWarning,
           fmt::format("{}: starting it in {}", what, rounded(later->delay)));
    state_.phase = Phase::kBackoff;
    arm(Timer::kBackoff, later->delay);
  } else {
    report(Report::Level::kWarning, what + ": starting it at once");
    state_.last_crash_restart = now_;
    spawn();
  }
}

void Step::arm(Timer timer, Duration delay) {
  actions_.emplace_back(
      ArmTimer{.timer = timer, .deadline = now_ + delay, .generation = ++state_.timer_generation});
}

/// The generation moves on, so that an expiry already on its way finds nothing.
void Step::cancel(Timer timer) {
  ++state_.timer_generation;
  actions_.emplace_back(CancelTimer{timer});
}

void Step::cancel_timer_of_phase() {
  if (state_.phase == Phase::kBackoff)
    cancel(Timer::kBackoff);
  else if (state_.phase == Phase::kKilling)
    cancel(Timer::kUnkillable);
  else if (has_child(state_.phase) && state_.want == Want::kExit)
    cancel(Timer::kStopDeadline);
}

void Step::report(Report::Level level, std::string text) {
  actions_.emplace_back(Report{.level = level, .text = std::move(text)});
}

void Step::finish(int exit_code) {
  cancel_timer_of_phase();
  state_.phase = Phase::kFinished;
  actions_.emplace_back(Finish{exit_code});
}

}  // namespace

Transition next(const Lifecycle& state,
                const Event& event,
                const Policy& policy,
                TimePoint now,
                double jitter) {
  if (state.phase == Phase::kFinished)
    return {.state = state, .actions = {}};
  Step step{state, policy, now, jitter};
  std::visit(step, event);
  return std::move(step).result();
}

}  // namespace unified::supervise
