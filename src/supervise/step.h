#pragma once

#include <string>
#include <utility>
#include <vector>

#include "supervise/lifecycle.h"
#include "supervise/restart.h"

namespace unified::supervise {

/// One call of next(): takes the state along and collects what is to be done.
class Step {
 public:
  Step(Lifecycle state, const Policy& policy, TimePoint now, double jitter)
      : state_(std::move(state)),
        policy_(policy),
        now_(now),
        jitter_(jitter) {}

  void operator()(const StartRequested& event);
  void operator()(const Spawned& event);
  void operator()(const SpawnFailed& event);
  void operator()(const BecameReady& event);
  void operator()(const ChildExited& event);
  void operator()(const FoundHung& event);
  void operator()(const TimerFired& event);
  void operator()(const StopRequested& event);
  void operator()(const DownRequested& event);

  Transition result() && { return {.state = std::move(state_), .actions = std::move(actions_)}; }

 private:
  void spawn();
  void stop_running(bool lame_duck);
  void ask_to_stop();
  void interrupt();
  void send_clients_away();
  void end_lame_duck();
  void kill();
  void note_unkillable();
  void exited_as_asked(const ExitStatus& status, const std::string& what);
  void rest();
  void follow(const RestartDecision& decision, const std::string& what);
  void arm(Timer timer, Duration delay);
  void cancel(Timer timer);
  void cancel_timer_of_phase();
  [[nodiscard]] bool is_stopping() const;
  void report(Report::Level level, std::string text);
  void finish(int exit_code);

  Lifecycle state_;
  const Policy& policy_;
  TimePoint now_;
  double jitter_;
  std::vector<Action> actions_;
};

/// A duration for people: whole milliseconds.
std::string rounded(Duration value);

}  // namespace unified::supervise
