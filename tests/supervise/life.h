#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "supervise/lifecycle.h"

namespace unified::supervise {

/// A life under test with a clock that the test turns; remembers every action.
class Life {
 public:
  Policy policy;
  Lifecycle state;
  TimePoint now = TimePoint{} + std::chrono::hours{1};
  std::vector<Action> last;     ///< of the newest event
  std::vector<Action> actions;  ///< of all events

  void pass(Duration time) { now += time; }

  void feed(const Event& event) {
    Transition transition = next(state, event, policy, now);
    state = std::move(transition.state);
    last = std::move(transition.actions);
    actions.insert(actions.end(), last.begin(), last.end());
  }

  // Events of the current child.
  void start() { feed(StartRequested{}); }
  void spawned() { feed(Spawned{state.incarnation, 100 + static_cast<int>(state.incarnation)}); }
  void spawn_failed(int error_number) { feed(SpawnFailed{state.incarnation, error_number}); }
  void ready() { feed(BecameReady{state.incarnation}); }
  void exited(ExitStatus status) { feed(ChildExited{state.incarnation, status}); }
  void stop() { feed(StopRequested{}); }
  void down(bool at_once = false) { feed(DownRequested{"somebody asked", at_once}); }
  void found_hung() { feed(FoundHung{state.incarnation, "no answer"}); }
  void fire(Timer timer) { feed(TimerFired{timer, state.timer_generation}); }

  void start_to_running() {
    start();
    spawned();
    ready();
  }

  /// Actions of one kind among those of the newest event.
  template <typename T>
  [[nodiscard]] std::vector<T> did() const {
    std::vector<T> found;
    for (const Action& action : last)
      if (const auto* hit = std::get_if<T>(&action))
        found.push_back(*hit);
    return found;
  }

  [[nodiscard]] std::optional<int> exit_code() const {
    if (actions.empty() || !std::holds_alternative<Finish>(actions.back()))
      return std::nullopt;
    return std::get<Finish>(actions.back()).exit_code;
  }

  /// The delay of the one timer that the newest event armed; nothing otherwise.
  [[nodiscard]] std::optional<Duration> armed(Timer timer) const {
    const auto found = did<ArmTimer>();
    if (found.size() != 1 || found[0].timer != timer)
      return std::nullopt;
    return found[0].deadline - now;
  }
};

}  // namespace unified::supervise
