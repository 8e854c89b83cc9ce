#include <csignal>
#include <utility>

#include <fmt/format.h>

#include "base/error.h"
#include "base/exit_code.h"
#include "base/parse.h"
#include "supervise/spawn_error.h"
#include "supervise/step.h"
#include "supervise/stop.h"

namespace unified::supervise {
namespace {

/// Go's runtime writes every goroutine's stack on QUIT and ends; thousands of them take a moment.
constexpr std::chrono::seconds kDumpPatience{3};

}  // namespace

std::string rounded(Duration value) {
  return format_duration(std::chrono::round<std::chrono::milliseconds>(value));
}

void Step::operator()(const StartRequested& /*event*/) {
  if (state_.want == Want::kExit)
    return;
  if (state_.phase == Phase::kStarting && state_.want == Want::kDown)
    cancel(Timer::kStopDeadline);  // nothing was sent yet
  state_.want = Want::kUp;
  state_.down_because.clear();
  if (state_.phase == Phase::kBackoff || state_.phase == Phase::kStopped) {
    cancel_timer_of_phase();
    state_.backoff_attempt = 0;
    state_.failures.clear();
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
    if (state_.want != Want::kUp)
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
  if (state_.want == Want::kDown) {
    rest();
    return;
  }
  const std::string what = system_error("cannot start nats-server", event.error_number).message;
  if (permanent) {
    report(Report::Level::kError, what);
    finish(*permanent);
  } else {
    cancel_timer_of_phase();  // it was being killed, and is wanted again
    follow(decide_retry(state_, policy_, now_, jitter_), what);
  }
}

void Step::operator()(const BecameReady& event) {
  if (event.incarnation != state_.incarnation || state_.phase != Phase::kRecovering)
    return;
  state_.phase = Phase::kRunning;
  state_.ready_since = now_;
  state_.was_ever_ready = true;
  state_.failures.clear();
}

void Step::operator()(const ChildExited& event) {
  if (event.incarnation != state_.incarnation || !has_child(state_.phase))
    return;
  state_.pid = 0;
  state_.last_exit = event.status;
  std::string what = "nats-server " + event.status.describe();
  if (state_.want == Want::kUp && state_.hung) {
    cancel_timer_of_phase();
    follow(decide_after_hang(state_, policy_, now_, jitter_), what + " after it was found hung");
    return;
  }
  if (state_.want == Want::kUp && !state_.asked_to_end) {
    if (!state_.ready_since)
      what += " before it was ready";
    follow(decide_restart(state_, event, policy_, now_, jitter_), what);
    return;
  }
  exited_as_asked(event.status, what);
}

void Step::exited_as_asked(const ExitStatus& status, const std::string& what) {
  // A hung one did not end as asked, whatever QUIT made of it.
  const int exit_code = state_.hung ? kExitKilled : exit_code_of_stop(status);
  report(exit_code == kExitOk ? Report::Level::kInfo : Report::Level::kError,
         what + " on the way down");
  if (state_.want == Want::kExit) {
    finish(exit_code);
  } else if (state_.want == Want::kDown) {
    rest();
  } else {
    cancel_timer_of_phase();
    spawn();
  }
}

/// Down, and nothing to do until somebody asks.
void Step::rest() {
  cancel_timer_of_phase();
  state_.phase = Phase::kStopped;
}

void Step::operator()(const FoundHung& event) {
  if (event.incarnation != state_.incarnation || state_.phase != Phase::kRunning ||
      state_.want != Want::kUp)
    return;
  report(
      Report::Level::kError,
      fmt::format("nats-server is hung ({}): asking it for its stacks and killing it", event.why));
  state_.phase = Phase::kDumping;
  state_.hung = true;
  ++state_.hangs;
  actions_.emplace_back(SendSignal{SIGQUIT});
  actions_.emplace_back(SendSignal{SIGCONT});  // a stopped process takes no other signal
  arm(Timer::kDumpDeadline, kDumpPatience);
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
      if (is_stopping()) {
        report(Report::Level::kWarning,
               fmt::format("nats-server did not stop within {}: killing it",
                           rounded(stop_grace(policy_))));
        kill();
      }
      return;
    case Timer::kLameDuckOver:
      if (state_.phase == Phase::kStopping)
        end_lame_duck();
      return;
    case Timer::kDumpDeadline:
      if (state_.phase == Phase::kDumping)
        kill();
      return;
    case Timer::kUnkillable:
      if (state_.phase == Phase::kKilling)
        note_unkillable();
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
  state_.hung = false;
  state_.asked_to_end = false;
  state_.killed_by_us = false;
  actions_.emplace_back(Spawn{state_.incarnation});
}

void Step::follow(const RestartDecision& decision, const std::string& what) {
  if (const auto* give_up = std::get_if<GiveUp>(&decision)) {
    if (give_up->exit_code == kExitRestartsSpent && policy_.restart != Policy::Restart::kNever)
      report(Report::Level::kError,
             fmt::format("{}: {} failures within {} without getting ready, giving up", what,
                         state_.failures.size(), rounded(policy_.restart_window)));
    else if (give_up->exit_code == kExitConfiguration)
      report(Report::Level::kError,
             what + ": not restarted, as another start of the same would end the same way");
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
  else if (state_.phase == Phase::kDumping)
    cancel(Timer::kDumpDeadline);
  else if (is_stopping())
    cancel(state_.lame_duck ? Timer::kLameDuckOver : Timer::kStopDeadline);
  state_.lame_duck = false;
}

void Step::report(Report::Level level, std::string text) {
  actions_.emplace_back(Report{.level = level, .text = std::move(text)});
}

void Step::finish(int exit_code) {
  cancel_timer_of_phase();
  state_.phase = Phase::kFinished;
  actions_.emplace_back(Finish{exit_code});
}

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
