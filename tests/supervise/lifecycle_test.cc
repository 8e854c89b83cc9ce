#include "supervise/lifecycle.h"

#include <cerrno>
#include <csignal>

#include <gtest/gtest.h>

#include "life.h"

namespace unified::supervise {
namespace {

using namespace std::chrono_literals;

TEST(LifecycleTest, StartsOnceAndBecomesReady) {
  Life life;
  life.start();
  ASSERT_EQ(life.did<Spawn>().size(), 1U);
  EXPECT_EQ(life.did<Spawn>()[0].incarnation, 1U);
  life.start();
  EXPECT_TRUE(life.last.empty());

  life.spawned();
  EXPECT_EQ(life.state.phase, Phase::kRecovering);
  EXPECT_EQ(life.state.pid, 101);
  life.ready();
  EXPECT_EQ(life.state.phase, Phase::kRunning);
  EXPECT_EQ(life.state.ready_since, life.now);
  EXPECT_EQ(life.state.restarts, 0U);
}

TEST(LifecycleTest, StopSendsIntThenContAndArmsTheDeadline) {
  Life life;
  life.start_to_running();
  life.stop();
  const auto signals = life.did<SendSignal>();
  ASSERT_EQ(signals.size(), 2U);
  EXPECT_EQ(signals[0].signal, SIGINT);
  EXPECT_EQ(signals[1].signal, SIGCONT);
  EXPECT_EQ(life.armed(Timer::kStopDeadline), Duration{7s});
  EXPECT_EQ(life.state.phase, Phase::kStopping);

  life.exited(ExitStatus::exited(0));
  EXPECT_EQ(life.exit_code(), 0);
}

TEST(LifecycleTest, StopWorksOnAServerThatIsStillRecovering) {
  Life life;
  life.start();
  life.spawned();
  life.stop();
  EXPECT_EQ(life.did<SendSignal>().size(), 2U);
  life.exited(ExitStatus::signaled(SIGINT));
  EXPECT_EQ(life.exit_code(), 0);
}

TEST(LifecycleTest, CrashOnTheWayDownIsReportedAsSuch) {
  Life life;
  life.start_to_running();
  life.stop();
  life.exited(ExitStatus::signaled(SIGSEGV));
  EXPECT_EQ(life.exit_code(), 139);
}

TEST(LifecycleTest, DeadlineOfTheStopKillsTheGroup) {
  Life life;
  life.start_to_running();
  life.stop();
  life.pass(7s);
  life.fire(Timer::kStopDeadline);
  EXPECT_EQ(life.did<KillGroup>().size(), 1U);
  EXPECT_EQ(life.armed(Timer::kUnkillable), Duration{5s});
  EXPECT_TRUE(life.state.killed_by_us);

  life.exited(ExitStatus::signaled(SIGKILL));
  EXPECT_EQ(life.exit_code(), 137);
}

TEST(LifecycleTest, SecondStopKillsAtOnce) {
  Life life;
  life.start_to_running();
  life.stop();
  life.stop();
  EXPECT_EQ(life.did<KillGroup>().size(), 1U);
  EXPECT_EQ(life.state.phase, Phase::kKilling);
}

TEST(LifecycleTest, GoodbyeThatOvertakesTheKillStillCounts) {
  Life life;
  life.start_to_running();
  life.stop();
  life.stop();
  life.exited(ExitStatus::exited(0));
  EXPECT_EQ(life.exit_code(), 0);
}

TEST(LifecycleTest, UnkillableChildIsLeftBehind) {
  Life life;
  life.start_to_running();
  life.stop();
  life.stop();
  life.pass(5s);
  life.fire(Timer::kUnkillable);
  ASSERT_EQ(life.did<Report>().size(), 1U);
  EXPECT_EQ(life.did<Report>()[0].level, Report::Level::kError);
  EXPECT_EQ(life.exit_code(), 137);
}

TEST(LifecycleTest, StopWhileStartingWaitsForTheChildToExist) {
  Life life;
  life.start();
  life.stop();
  EXPECT_TRUE(life.did<SendSignal>().empty());
  EXPECT_EQ(life.armed(Timer::kStopDeadline), Duration{7s});
  EXPECT_EQ(life.state.want, Want::kExit);

  life.spawned();
  EXPECT_EQ(life.did<SendSignal>().size(), 2U);
  EXPECT_EQ(life.state.phase, Phase::kStopping);
  life.fire(Timer::kStopDeadline);
  EXPECT_EQ(life.did<KillGroup>().size(), 1U);
}

TEST(LifecycleTest, SpawnFailureAfterAStopIsACleanEnd) {
  for (const int error_number : {EAGAIN, ENOENT}) {
    Life life;
    life.start();
    life.stop();
    life.spawn_failed(error_number);
    EXPECT_EQ(life.exit_code(), 0);
  }
}

TEST(LifecycleTest, TwoStopsWhileStartingKillTheChildOnceItIsThere) {
  Life life;
  life.start();
  life.stop();
  life.stop();
  EXPECT_EQ(life.did<KillGroup>().size(), 1U);
  life.spawned();
  EXPECT_EQ(life.did<KillGroup>().size(), 1U);
  life.exited(ExitStatus::signaled(SIGKILL));
  EXPECT_EQ(life.exit_code(), 137);
}

TEST(LifecycleTest, StopEndsABackoffAtOnce) {
  Life life;
  life.start();
  life.spawned();
  life.exited(ExitStatus::exited(1));
  ASSERT_EQ(life.state.phase, Phase::kBackoff);
  life.stop();
  EXPECT_EQ(life.did<CancelTimer>().size(), 1U);
  EXPECT_EQ(life.exit_code(), 0);
}

TEST(LifecycleTest, StopBeforeAnyStartIsACleanEnd) {
  Life life;
  life.stop();
  EXPECT_EQ(life.exit_code(), 0);
}

TEST(LifecycleTest, NothingHappensAfterTheEnd) {
  Life life;
  life.stop();
  for (const Event& event : {Event{StartRequested{}}, Event{StopRequested{}}, Event{Spawned{0, 1}},
                             Event{ChildExited{}}}) {
    life.feed(event);
    EXPECT_TRUE(life.last.empty());
    EXPECT_EQ(life.state.phase, Phase::kFinished);
  }
}

TEST(LifecycleTest, EventsOfAnEarlierChildChangeNothing) {
  Life life;
  life.start_to_running();
  life.pass(1min);
  life.exited(ExitStatus::exited(1));
  life.spawned();
  ASSERT_EQ(life.state.incarnation, 2U);
  for (const Event& event : {Event{ChildExited{1, ExitStatus::exited(9)}}, Event{BecameReady{1}},
                             Event{Spawned{1, 7}}, Event{SpawnFailed{1, ENOENT}}}) {
    life.feed(event);
    EXPECT_TRUE(life.last.empty());
    EXPECT_EQ(life.state.phase, Phase::kRecovering);
    EXPECT_EQ(life.state.pid, 102);
  }
}

TEST(LifecycleTest, ChildThatDiesBeforeItWasAnnouncedIsNotLost) {
  Life life;
  life.start();
  life.exited(ExitStatus::signaled(SIGKILL));
  EXPECT_EQ(life.armed(Timer::kBackoff), Duration{500ms});
  life.feed(Spawned{1, 101});
  EXPECT_EQ(life.state.phase, Phase::kBackoff);
}

TEST(LifecycleTest, ReportsSayWhatHappenedAndWhatComesNext) {
  Life life;
  life.start_to_running();
  life.exited(ExitStatus::signaled(SIGKILL));
  ASSERT_EQ(life.did<Report>().size(), 1U);
  EXPECT_EQ(life.did<Report>()[0].text,
            "nats-server killed by signal 9 (KILL): starting it in 500ms");
}

TEST(LameDuckTest, ClientsAreSentAwayThenTheServerIsStopped) {
  Life life;
  life.policy.lame_duck = true;
  life.policy.stop_timeout = 25s;
  life.start_to_running();

  life.stop();

  ASSERT_EQ(life.did<SendSignal>().size(), 2U);
  EXPECT_EQ(life.did<SendSignal>()[0].signal, SIGUSR2);
  EXPECT_EQ(life.armed(Timer::kLameDuckOver), Duration{21s});
  life.pass(21s);
  life.fire(Timer::kLameDuckOver);
  EXPECT_EQ(life.did<SendSignal>()[0].signal, SIGINT);
  EXPECT_EQ(life.armed(Timer::kStopDeadline), Duration{3s});
  life.pass(3s);
  life.fire(Timer::kStopDeadline);
  EXPECT_EQ(life.did<KillGroup>().size(), 1U);
}

TEST(LameDuckTest, AServerThatIsDoneEarlyIsNotWaitedFor) {
  Life life;
  life.start_to_running();
  life.feed(StopRequested{.lame_duck = true});
  life.exited(ExitStatus::exited(0));
  EXPECT_EQ(life.exit_code(), 0);
}

TEST(LameDuckTest, ASecondRequestEndsItAndAThirdMeansNow) {
  Life life;
  life.start_to_running();
  life.feed(StopRequested{.lame_duck = true});

  life.stop();

  EXPECT_EQ(life.did<SendSignal>()[0].signal, SIGINT);
  EXPECT_TRUE(life.armed(Timer::kStopDeadline));
  life.stop();
  EXPECT_EQ(life.did<KillGroup>().size(), 1U);
}

TEST(LameDuckTest, WithoutTimeForItTheStopIsFast) {
  Life life;
  life.policy.lame_duck = true;
  life.policy.stop_timeout = 1s;
  life.start_to_running();
  life.stop();
  EXPECT_EQ(life.did<SendSignal>()[0].signal, SIGINT);
  EXPECT_EQ(life.armed(Timer::kStopDeadline), Duration{500ms});
}

TEST(LameDuckTest, AServerThatWasNeverReadyHasNoHandlerAndIsInterrupted) {
  Life life;
  life.policy.lame_duck = true;
  life.start();
  life.spawned();
  life.stop();
  EXPECT_EQ(life.did<SendSignal>()[0].signal, SIGINT);
}

}  // namespace
}  // namespace unified::supervise
