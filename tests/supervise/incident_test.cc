#include "supervise/incident.h"

#include <cerrno>
#include <csignal>

#include <gtest/gtest.h>

namespace unified::supervise {
namespace {

using namespace std::chrono_literals;

/// Feeds events and remembers the last incident.
struct Watched {
  Lifecycle state;
  TimePoint now;
  Policy policy;
  std::optional<Incident> incident;

  void feed(const Event& event) {
    const Lifecycle before = state;
    const Transition after = next(before, event, policy, now);
    state = after.state;
    incident = incident_of(before, event, after, now);
  }
  void run() {
    feed(StartRequested{});
    feed(Spawned{1, 77});
    feed(BecameReady{1});
  }
};

TEST(IncidentTest, AnUnaskedExitIsACrashOrAFailedStart) {
  Watched life;
  life.run();
  life.now += 3s;
  life.feed(ChildExited{1, ExitStatus::exited(2)});
  ASSERT_TRUE(life.incident);
  EXPECT_EQ(to_text(life.incident->kind), "crash");
  EXPECT_EQ(life.incident->pid, 77);
  EXPECT_EQ(life.incident->ready_for, Duration{3s});
  EXPECT_FALSE(life.incident->gave_up_with);

  Watched other;
  other.feed(StartRequested{});
  other.feed(Spawned{1, 77});
  other.feed(ChildExited{1, ExitStatus::exited(1)});
  ASSERT_TRUE(other.incident);
  EXPECT_EQ(to_text(other.incident->kind), "failed_start");
}

TEST(IncidentTest, AnEndThatWasAskedForIsNone) {
  Watched life;
  life.run();
  life.feed(StopRequested{});
  life.feed(ChildExited{1, ExitStatus::exited(0)});
  EXPECT_FALSE(life.incident);
}

TEST(IncidentTest, AHangIsToldWhenItIsOver) {
  Watched life;
  life.run();
  life.feed(FoundHung{1, "silent"});
  EXPECT_FALSE(life.incident);
  life.feed(ChildExited{1, ExitStatus::exited(2)});
  ASSERT_TRUE(life.incident);
  EXPECT_EQ(to_text(life.incident->kind), "hung");
}

TEST(IncidentTest, GivingUpIsTold) {
  Watched life;
  life.policy.restart = Policy::Restart::kNever;
  life.run();
  life.feed(ChildExited{1, ExitStatus::signaled(SIGKILL)});
  ASSERT_TRUE(life.incident);
  EXPECT_EQ(life.incident->gave_up_with, 137);

  Watched missing;
  missing.feed(StartRequested{});
  missing.feed(SpawnFailed{1, ENOENT});
  ASSERT_TRUE(missing.incident);
  EXPECT_EQ(to_text(missing.incident->kind), "cannot_start");
  EXPECT_EQ(missing.incident->gave_up_with, 127);
}

TEST(IncidentTest, StaleEventsAreNone) {
  Watched life;
  life.run();
  life.feed(ChildExited{9, ExitStatus::exited(2)});
  EXPECT_FALSE(life.incident);
}

TEST(IncidentTest, SurvivingAKillIsOne) {
  Watched life;
  life.run();
  life.feed(StopRequested{});
  life.feed(StopRequested{});
  ASSERT_EQ(life.state.phase, Phase::kKilling);
  life.feed(TimerFired{Timer::kUnkillable, life.state.timer_generation});
  ASSERT_TRUE(life.incident);
  EXPECT_EQ(to_text(life.incident->kind), "unkillable");
}

}  // namespace
}  // namespace unified::supervise
