#include <rapidcheck.h>

#include <cerrno>
#include <csignal>
#include <map>

#include <gtest/gtest.h>

#include "life.h"

// A model of the shell carries the actions out and feeds events back in any order that could
// happen, and stale ones.
namespace unified::supervise {
namespace {

using namespace std::chrono_literals;

class World {
 public:
  Life life;

  explicit World(const Policy& policy) { life.policy = policy; }

  /// One random thing that may happen now; nothing happens if it makes no sense in this world.
  void step(int choice, int detail) {
    life.pass(std::chrono::milliseconds{(detail % 97) * 50});
    switch (choice % 10) {
      case 0:
        return send(StartRequested{});
      case 1:
        return answer_spawn(detail % 4 != 0, detail);
      case 2:
        return send(BecameReady{alive_ ? *alive_ : 0});
      case 3:
      case 4:
        return end_child(detail);
      case 5:
        return fire();
      case 6:
        return detail % 5 == 0 ? send(StopRequested{detail % 2 == 0})
                               : send(DownRequested{"x", detail % 2 == 0});
      case 7:
        return send(ChildExited{stale(detail), ExitStatus::exited(detail % 3)});
      case 8:
        return detail % 2 == 0
                   ? send(TimerFired{static_cast<Timer>(detail % 5), stale_generation(detail)})
                   : send(FoundHung{detail % 4 == 1 ? stale(detail) : life.state.incarnation, "x"});
      default:
        return send(Spawned{stale(detail), 1});
    }
  }

  /// Lets everything that is due happen until the end; the bound makes a livelock fail.
  void run_out() {
    for (int i = 0; i < 50 && !finished_; ++i) {
      if (spawning_)
        answer_spawn(true, 0);
      else if (alive_ && (signalled_ || killed_))
        end_child(1);
      else
        fire();
    }
  }

  [[nodiscard]] bool finished() const { return finished_; }
  [[nodiscard]] bool stop_asked() const { return stop_asked_; }

  void send(const Event& event) {
    const std::uint64_t incarnation_before = life.state.incarnation;
    const bool was_finished = finished_;
    if (std::holds_alternative<StopRequested>(event))
      stop_asked_ = true;
    life.feed(event);
    RC_ASSERT(life.state.incarnation >= incarnation_before);
    RC_ASSERT(!was_finished || life.last.empty());
    for (const Action& action : life.last)
      carry_out(action);
    check();
  }

 private:
  void carry_out(const Action& action) {
    RC_ASSERT(!finished_);  // Finish is the last action ever
    if (const auto* spawn = std::get_if<Spawn>(&action)) {
      RC_ASSERT(!alive_ && !spawning_);  // never two children
      RC_ASSERT(!stop_asked_);           // no start once the end was asked for
      RC_ASSERT(spawn->incarnation == ++spawns_);
      spawning_ = spawn->incarnation;
      signalled_ = killed_ = false;
    } else if (const auto* arm = std::get_if<ArmTimer>(&action)) {
      RC_ASSERT(arm->generation > newest_generation_);
      RC_ASSERT(arm->deadline > life.now);
      newest_generation_ = arm->generation;
      timers_[arm->timer] = *arm;
    } else if (const auto* cancel = std::get_if<CancelTimer>(&action)) {
      timers_.erase(cancel->timer);
    } else if (std::holds_alternative<SendSignal>(action)) {
      RC_ASSERT(alive_.has_value());  // no signal to nobody
      signalled_ = true;
    } else if (std::holds_alternative<KillGroup>(action)) {
      killed_ = true;
    } else if (std::holds_alternative<Finish>(action)) {
      finished_ = true;
    }
  }

  void check() {
    const Phase phase = life.state.phase;
    RC_ASSERT((phase == Phase::kFinished) == finished_);
    const bool starting_to_stop = phase == Phase::kStarting && life.state.want != Want::kUp;
    if (phase == Phase::kStopping || starting_to_stop)
      has_current_timer(life.state.lame_duck ? Timer::kLameDuckOver : Timer::kStopDeadline);
    if (phase == Phase::kKilling)
      has_current_timer(Timer::kUnkillable);
    if (phase == Phase::kDumping)
      has_current_timer(Timer::kDumpDeadline);
    if (phase == Phase::kBackoff)
      has_current_timer(Timer::kBackoff);
    if (phase == Phase::kIdle || phase == Phase::kFinished || phase == Phase::kRunning ||
        phase == Phase::kStopped)
      RC_ASSERT(timers_.empty());
    if (phase == Phase::kStopped)
      RC_ASSERT(life.state.want == Want::kDown && !alive_ && !spawning_);
    RC_ASSERT(!stop_asked_ || finished_ || life.state.want == Want::kExit);  // no stop is lost
    if (phase == Phase::kRunning || phase == Phase::kRecovering)
      RC_ASSERT(alive_ == life.state.incarnation && life.state.want == Want::kUp);
    if (phase == Phase::kBackoff || phase == Phase::kIdle)
      RC_ASSERT(!alive_ && !spawning_);
  }

  void has_current_timer(Timer timer) {
    RC_ASSERT(timers_.count(timer) == 1U);
    RC_ASSERT(timers_[timer].generation == life.state.timer_generation);
  }

  void answer_spawn(bool success, int detail) {
    if (!spawning_)
      return;
    const std::uint64_t incarnation = *spawning_;
    spawning_.reset();
    if (success) {
      alive_ = incarnation;
      return send(Spawned{incarnation, 100 + static_cast<int>(incarnation)});
    }
    send(SpawnFailed{incarnation, detail % 8 == 0 ? ENOENT : EAGAIN});
  }

  void end_child(int detail) {
    if (!alive_)
      return;
    const std::uint64_t incarnation = *alive_;
    alive_.reset();
    send(ChildExited{incarnation, detail % 3 == 0 ? ExitStatus::signaled(SIGKILL)
                                                  : ExitStatus::exited(detail % 3)});
  }

  void fire() {
    if (timers_.empty())
      return;
    const ArmTimer timer = timers_.begin()->second;
    timers_.erase(timers_.begin());
    life.now = std::max(life.now, timer.deadline);
    send(TimerFired{timer.timer, timer.generation});
  }

  [[nodiscard]] std::uint64_t stale(int detail) const {
    return life.state.incarnation == 0
               ? 99
               : static_cast<std::uint64_t>(detail) % life.state.incarnation;
  }
  [[nodiscard]] std::uint64_t stale_generation(int detail) const {
    return newest_generation_ == 0 ? 99 : static_cast<std::uint64_t>(detail) % newest_generation_;
  }

  std::optional<std::uint64_t> spawning_;
  std::optional<std::uint64_t> alive_;
  std::map<Timer, ArmTimer> timers_;
  std::uint64_t newest_generation_ = 0;
  std::uint64_t spawns_ = 0;
  bool signalled_ = false;
  bool killed_ = false;
  bool stop_asked_ = false;
  bool finished_ = false;
};

Policy any_policy() {
  Policy policy;
  policy.restart = *rc::gen::element(Policy::Restart::kAlways, Policy::Restart::kOnFailure,
                                     Policy::Restart::kNever);
  policy.restart_max = *rc::gen::inRange(0, 12);
  policy.stop_timeout = std::chrono::milliseconds{*rc::gen::inRange(100, 30'000)};
  return policy;
}

void play(World& world) {
  world.send(StartRequested{});
  for (const auto& [choice, detail] : *rc::gen::container<std::vector<std::pair<int, int>>>(
           rc::gen::pair(rc::gen::inRange(0, 1000), rc::gen::inRange(0, 1000))))
    world.step(choice, detail);
}

TEST(LifecyclePropertyTest, InvariantsHoldForAnyOrderOfEvents) {
  EXPECT_TRUE(rc::check("invariants", [] {
    World world{any_policy()};
    play(world);
  }));
}

TEST(LifecyclePropertyTest, StopAlwaysLeadsToTheEnd) {
  EXPECT_TRUE(rc::check("stop ends it", [] {
    World world{any_policy()};
    play(world);
    world.send(StopRequested{});
    world.run_out();
    RC_ASSERT(world.finished());
  }));
}

TEST(LifecyclePropertyTest, DeafChildIsKilledByTimersAlone) {
  EXPECT_TRUE(rc::check("timers end it", [] {
    World world{any_policy()};
    play(world);
    world.send(StopRequested{});
    for (int i = 0; i < 3; ++i)  // stop deadline, unkillable, and one to spare
      world.step(5, 0);
    RC_ASSERT(world.finished());
  }));
}

TEST(LifecyclePropertyTest, ChildThatNeverGetsReadyEndsTheProgram) {
  EXPECT_TRUE(rc::check("budget", [] {
    Policy policy = any_policy();
    policy.restart_window = 1h;
    World world{policy};
    world.send(StartRequested{});
    for (int i = 0; i < 3 * 14; ++i)
      world.step(i % 3 == 0 ? 1 : i % 3 == 1 ? 3 : 5, 1);
    RC_ASSERT(world.finished());
  }));
}

}  // namespace
}  // namespace unified::supervise
