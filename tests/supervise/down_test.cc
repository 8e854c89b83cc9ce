#include <cerrno>
#include <csignal>

#include <gtest/gtest.h>

#include "life.h"

// A server that is to be down while we stay.
namespace unified::supervise {
namespace {

using namespace std::chrono_literals;

TEST(DownTest, AServerThatIsToBeDownStopsAndStaysSo) {
  Life life;
  life.start_to_running();
  life.down();
  EXPECT_EQ(life.did<SendSignal>()[0].signal, SIGINT);
  life.exited(ExitStatus::exited(0));

  EXPECT_EQ(life.state.phase, Phase::kStopped);
  EXPECT_TRUE(life.did<Spawn>().empty());
  EXPECT_TRUE(life.did<ArmTimer>().empty());
  EXPECT_FALSE(life.exit_code());
}

TEST(DownTest, AStartBringsItBackAtOnceWithAFreshBackoff) {
  Life life;
  life.start();
  life.spawned();
  life.exited(ExitStatus::exited(1));  // one failure
  life.down();
  EXPECT_EQ(life.state.phase, Phase::kStopped);
  life.start();

  EXPECT_EQ(life.did<Spawn>().size(), 1U);
  EXPECT_TRUE(life.state.failures.empty());
  EXPECT_TRUE(life.state.down_because.empty());
}

TEST(DownTest, AStartOnTheWayDownTurnsItRoundWithoutAFailure) {
  Life life;
  life.policy.restart = Policy::Restart::kNever;  // no policy is asked for what was wanted
  life.start_to_running();
  life.down();
  life.start();
  EXPECT_TRUE(life.did<Spawn>().empty());
  life.exited(ExitStatus::exited(0));

  EXPECT_EQ(life.did<Spawn>().size(), 1U);
  EXPECT_TRUE(life.state.failures.empty());
}

TEST(DownTest, TheOldDeadlineNeverHitsTheNextChild) {
  Life life;
  life.start_to_running();
  life.down();
  const std::uint64_t old = life.state.timer_generation;
  life.exited(ExitStatus::exited(0));
  life.start_to_running();
  life.down();
  life.feed(TimerFired{Timer::kStopDeadline, old});

  EXPECT_TRUE(life.did<KillGroup>().empty());
  EXPECT_EQ(life.state.phase, Phase::kStopping);
}

TEST(DownTest, StopOfARestartAfterAHangStaysStopped) {
  Life life;
  life.start_to_running();
  life.found_hung();
  life.down();
  life.exited(ExitStatus::exited(2));
  EXPECT_EQ(life.state.phase, Phase::kStopped);
}

TEST(DownTest, OneThatWillNotStopIsKilledAndStartedAgainWhenWanted) {
  Life life;
  life.start_to_running();
  life.down();
  life.fire(Timer::kStopDeadline);
  EXPECT_EQ(life.did<KillGroup>().size(), 1U);
  life.start();
  life.exited(ExitStatus::signaled(SIGKILL));

  EXPECT_EQ(life.did<Spawn>().size(), 1U);
  EXPECT_TRUE(life.state.failures.empty());
}

TEST(DownTest, AStopEndsEverythingInEveryPhaseOfIt) {
  Life stopped;
  stopped.start_to_running();
  stopped.down();
  stopped.exited(ExitStatus::exited(0));
  stopped.stop();
  EXPECT_EQ(stopped.exit_code(), 0);

  Life stopping;
  stopping.start_to_running();
  stopping.down();
  stopping.stop();  // the first that says so: no reason to kill
  EXPECT_TRUE(stopping.did<KillGroup>().empty());
  stopping.exited(ExitStatus::exited(0));
  EXPECT_EQ(stopping.exit_code(), 0);
}

TEST(DownTest, WhenSecondsCountNoLameDuckIsWaitedFor) {
  Life life;
  life.policy.lame_duck = true;
  life.policy.stop_timeout = 25s;
  life.start_to_running();
  life.down();
  EXPECT_EQ(life.did<SendSignal>()[0].signal, SIGUSR2);
  life.down(true);
  EXPECT_EQ(life.did<SendSignal>()[0].signal, SIGINT);
}

TEST(DownTest, ASpawnThatFailsOnTheWayDownIsNoFailure) {
  Life life;
  life.start();
  life.down();
  life.spawn_failed(EAGAIN);
  EXPECT_EQ(life.state.phase, Phase::kStopped);
}

TEST(DownTest, AStartTakesBackADownThatNobodyHasHeardOfYet) {
  Life life;
  life.start();
  life.down();
  life.start();
  life.spawned();
  EXPECT_TRUE(life.did<SendSignal>().empty());
  EXPECT_EQ(life.state.phase, Phase::kRecovering);
}

TEST(DownTest, AKilledSpawnThatFailsAndIsWantedAgainLeavesNoTimerOfTheKill) {
  Life life;
  life.start();
  life.down();
  life.fire(Timer::kStopDeadline);
  life.start();
  life.spawn_failed(EAGAIN);

  EXPECT_EQ(life.state.phase, Phase::kBackoff);
  ASSERT_EQ(life.did<CancelTimer>().size(), 1U);
  EXPECT_EQ(life.did<CancelTimer>()[0].timer, Timer::kUnkillable);
}

}  // namespace
}  // namespace unified::supervise
