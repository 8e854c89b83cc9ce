#include <cerrno>
#include <csignal>

#include <gtest/gtest.h>

#include "life.h"

namespace unified::supervise {
namespace {

using namespace std::chrono_literals;
using Restart = Policy::Restart;

TEST(RestartTest, PolicyDecidesOnAnUnaskedExit) {
  struct Case {
    Restart restart;
    ExitStatus status;
    std::optional<int> exit_code;  // nothing: started again
  };
  const Case cases[] = {
      {Restart::kOnFailure, ExitStatus::exited(0), 0},
      {Restart::kOnFailure, ExitStatus::exited(3), std::nullopt},
      {Restart::kOnFailure, ExitStatus::signaled(SIGKILL), std::nullopt},
      {Restart::kAlways, ExitStatus::exited(0), std::nullopt},
      {Restart::kAlways, ExitStatus::exited(1), std::nullopt},
      {Restart::kNever, ExitStatus::exited(0), 0},
      {Restart::kNever, ExitStatus::exited(3), 3},
      {Restart::kNever, ExitStatus::exited(75), 75},
      {Restart::kNever, ExitStatus::signaled(SIGSEGV), 139},
  };
  for (const Case& c : cases) {
    Life life;
    life.policy.restart = c.restart;
    life.start_to_running();
    life.exited(c.status);
    EXPECT_EQ(life.exit_code(), c.exit_code) << c.status.describe();
    EXPECT_EQ(life.state.phase == Phase::kBackoff, !c.exit_code.has_value()) << c.status.describe();
  }
}

TEST(RestartTest, AServerThatEndsWithZeroBeforeItWasReadyDidNotRun) {
  for (const Restart policy : {Restart::kOnFailure, Restart::kNever}) {
    Life life;
    life.policy.restart = policy;
    life.start();
    life.spawned();

    life.exited(ExitStatus::exited(0));

    EXPECT_EQ(life.exit_code(), 78);
    ASSERT_EQ(life.did<Report>().size(), 1U);
    EXPECT_NE(life.did<Report>()[0].text.find("before it was ready"), std::string::npos);
  }
}

TEST(RestartTest, CrashOfASoundServerIsAnsweredAtOnce) {
  Life life;
  life.start_to_running();
  life.pass(5s);
  life.exited(ExitStatus::signaled(SIGKILL));
  ASSERT_EQ(life.did<Spawn>().size(), 1U);
  EXPECT_EQ(life.did<Spawn>()[0].incarnation, 2U);
  EXPECT_EQ(life.state.phase, Phase::kStarting);
  EXPECT_EQ(life.state.restarts, 1U);
}

TEST(RestartTest, CrashBeforeFiveSecondsOfReadinessBacksOff) {
  Life life;
  life.start_to_running();
  life.pass(5s - 1ns);
  life.exited(ExitStatus::exited(1));
  EXPECT_EQ(life.armed(Timer::kBackoff), Duration{500ms});
}

TEST(RestartTest, DelaysGrowWhileItNeverGetsReady) {
  Life life;
  life.policy.restart_max = 100;
  life.start();
  for (const auto expected : {500ms, 1000ms, 2000ms, 4000ms, 8000ms, 16000ms, 30000ms, 30000ms}) {
    life.spawned();
    life.exited(ExitStatus::exited(1));
    EXPECT_EQ(life.armed(Timer::kBackoff), Duration{expected});
    life.pass(expected);
    life.fire(Timer::kBackoff);
    ASSERT_EQ(life.did<Spawn>().size(), 1U);
  }
}

TEST(RestartTest, SixtySecondsOfReadinessResetTheDelay) {
  Life life;
  life.state.backoff_attempt = 5;
  life.start_to_running();
  life.pass(60s);
  life.exited(ExitStatus::exited(1));
  EXPECT_EQ(life.state.backoff_attempt, 0);

  life.spawned();
  life.exited(ExitStatus::exited(1));
  EXPECT_EQ(life.armed(Timer::kBackoff), Duration{500ms});
}

TEST(RestartTest, ShortReadinessDoesNotResetTheDelay) {
  Life life;
  life.state.backoff_attempt = 3;
  life.start_to_running();
  life.pass(3s);
  life.exited(ExitStatus::exited(1));
  EXPECT_EQ(life.armed(Timer::kBackoff), Duration{4s});
}

TEST(RestartTest, GivesUpWhenTheBudgetIsSpent) {
  Life life;
  life.policy.restart_max = 3;
  life.start();
  for (int i = 0; i < 3; ++i) {
    life.spawned();
    life.exited(ExitStatus::exited(1));
    ASSERT_EQ(life.state.phase, Phase::kBackoff) << i;
    life.fire(Timer::kBackoff);
  }
  life.spawned();
  life.exited(ExitStatus::exited(1));
  EXPECT_EQ(life.exit_code(), 75);
}

TEST(RestartTest, ReadinessRefillsTheBudget) {
  Life life;
  life.policy.restart_max = 1;
  life.start();
  for (int i = 0; i < 5; ++i) {
    life.spawned();
    life.ready();
    life.exited(ExitStatus::exited(1));
    ASSERT_EQ(life.state.phase, Phase::kBackoff) << i;
    life.fire(Timer::kBackoff);
  }
}

TEST(RestartTest, FailuresBeyondTheWindowAreForgotten) {
  Life life;
  life.policy.restart_max = 1;
  life.policy.restart_window = 60s;
  life.start();
  for (int i = 0; i < 5; ++i) {
    life.spawned();
    life.exited(ExitStatus::exited(1));
    ASSERT_EQ(life.state.phase, Phase::kBackoff) << i;
    life.pass(61s);
    life.fire(Timer::kBackoff);
  }
}

TEST(RestartTest, ZeroBudgetMeansNoRestart) {
  Life life;
  life.policy.restart_max = 0;
  life.start_to_running();
  life.pass(1h);
  life.exited(ExitStatus::signaled(SIGKILL));
  EXPECT_EQ(life.exit_code(), 75);
}

TEST(RestartTest, TransientSpawnFailureBacksOffAndCounts) {
  Life life;
  life.policy.restart_max = 2;
  life.start();
  for (const auto expected : {500ms, 1000ms}) {
    life.spawn_failed(EAGAIN);
    EXPECT_EQ(life.armed(Timer::kBackoff), Duration{expected});
    life.fire(Timer::kBackoff);
  }
  life.spawn_failed(EAGAIN);
  EXPECT_EQ(life.exit_code(), 75);
}

TEST(RestartTest, PermanentSpawnFailureFinishesWithoutARetry) {
  for (const auto& [error_number, exit_code] :
       {std::pair{ENOENT, 127}, {EACCES, 126}, {ENOEXEC, 126}}) {
    Life life;
    life.start();
    life.spawn_failed(error_number);
    EXPECT_EQ(life.exit_code(), exit_code);
  }
}

TEST(RestartTest, PermanentSpawnFailureIsHeardEvenAfterTheExitOfThatChild) {
  Life life;
  life.start();
  life.exited(ExitStatus::exited(127));
  ASSERT_EQ(life.state.phase, Phase::kBackoff);
  life.spawn_failed(ENOENT);
  EXPECT_EQ(life.exit_code(), 127);
}

TEST(RestartTest, StartRequestEndsABackoff) {
  Life life;
  life.start();
  life.spawned();
  life.exited(ExitStatus::exited(1));
  const std::uint64_t old_generation = life.state.timer_generation;
  life.start();
  EXPECT_EQ(life.did<Spawn>().size(), 1U);
  EXPECT_EQ(life.did<CancelTimer>().size(), 1U);

  life.spawned();
  life.exited(ExitStatus::exited(1));
  life.feed(TimerFired{Timer::kBackoff, old_generation});
  EXPECT_TRUE(life.last.empty());
}

}  // namespace
}  // namespace unified::supervise
