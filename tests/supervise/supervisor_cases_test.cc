// Supervisor cases whose numbers are times of minutes (tests/supervisor_cases.md): the lifecycle by
// itself, with a clock that the test turns.
#include <csignal>

#include <gtest/gtest.h>

#include "life.h"

namespace unified::supervise {
namespace {

using namespace std::chrono_literals;

const ExitStatus kCrash = ExitStatus::exited(1);

/// Dies at once; the delay that follows.
std::optional<Duration> die(Life& life) {
  life.spawned();
  life.exited(kCrash);
  return life.armed(Timer::kBackoff);
}

TEST(SupervisorCase, Case18_AStopInALongBackOffEndsAtOnce) {
  Life life;
  life.start();
  while (die(life) != Duration{30s})
    life.fire(Timer::kBackoff);

  life.stop();

  EXPECT_EQ(life.exit_code(), 0);
  EXPECT_TRUE(life.did<Spawn>().empty());
}

TEST(SupervisorCase, Case19_AStopDuringAWatchdogsRestartIsFinal) {
  for (const bool while_dumping : {true, false}) {
    Life life;
    life.start_to_running();
    life.found_hung();
    if (!while_dumping)
      life.fire(Timer::kDumpDeadline);

    life.stop();
    life.exited(ExitStatus::signaled(SIGKILL));

    EXPECT_EQ(life.exit_code(), 137);
    EXPECT_TRUE(life.did<Spawn>().empty()) << "it came back";
    life.fire(Timer::kBackoff);
    EXPECT_TRUE(life.did<Spawn>().empty());
  }
}

TEST(SupervisorCase, Case19_DownDuringAWatchdogsRestartStaysDown) {
  for (const bool while_dumping : {true, false}) {
    Life life;
    life.start_to_running();
    life.found_hung();
    if (!while_dumping)
      life.fire(Timer::kDumpDeadline);

    life.down();
    life.exited(ExitStatus::signaled(SIGKILL));

    EXPECT_EQ(life.state.phase, Phase::kStopped);
    EXPECT_TRUE(life.did<Spawn>().empty()) << "it came back";
    life.fire(Timer::kBackoff);
    EXPECT_TRUE(life.did<Spawn>().empty());
  }
}

TEST(SupervisorCase, Case20_AnOldTimerTakesNoGraceFromTheNextStop) {
  // A hang's kill timer is armed for the first incarnation, and fires in the stop of the second.
  Life life;
  life.start_to_running();
  life.found_hung();
  const std::uint64_t old = life.state.timer_generation;
  life.exited(ExitStatus::exited(2));
  life.fire(Timer::kBackoff);
  life.spawned();
  life.ready();
  life.stop();
  EXPECT_EQ(life.did<ArmTimer>().at(0).deadline, life.now + 7s);

  for (const Timer timer : {Timer::kDumpDeadline, Timer::kStopDeadline, Timer::kUnkillable}) {
    life.feed(TimerFired{timer, old});
    EXPECT_TRUE(life.last.empty());
  }

  life.exited(ExitStatus::exited(0));
  EXPECT_EQ(life.exit_code(), 0);
}

TEST(SupervisorCase, Case21_DelaysDoubleToThirtySecondsThenTheBudgetIsSpent) {
  Life life;
  life.policy.restart_max = 8;
  life.start();
  std::vector<Duration> delays;
  while (const auto delay = die(life)) {
    delays.push_back(*delay);
    life.pass(*delay);
    life.fire(Timer::kBackoff);
  }

  EXPECT_EQ(delays, (std::vector<Duration>{500ms, 1s, 2s, 4s, 8s, 16s, 30s, 30s}));
  EXPECT_EQ(life.exit_code(), 75);
}

TEST(SupervisorCase, Case22_AMinuteOfReadinessMakesTheNextDelayShortAgain) {
  Life life;
  life.start();
  for (int i = 0; i < 4; ++i) {
    life.pass(*die(life));
    life.fire(Timer::kBackoff);
  }
  life.spawned();
  life.ready();
  life.pass(60s);
  life.exited(kCrash);
  EXPECT_EQ(life.did<Spawn>().size(), 1U) << "a sound server is started at once";

  // Right after that: a back-off, and from the beginning.
  EXPECT_EQ(die(life), Duration{500ms});
}

TEST(SupervisorCase, Case30_AServerThatHangsAfterEachRestartIsKilledEachTimeAndLater) {
  Life life;
  life.start_to_running();
  std::vector<Duration> delays;
  for (int hang = 0; hang < 4; ++hang) {
    life.found_hung();
    life.pass(3s);
    life.fire(Timer::kDumpDeadline);
    ASSERT_EQ(life.did<KillGroup>().size(), 1U) << "hang " << hang;
    life.exited(ExitStatus::signaled(SIGKILL));
    delays.push_back(life.armed(Timer::kBackoff).value());
    life.pass(delays.back());
    life.fire(Timer::kBackoff);
    life.spawned();
    life.ready();
  }
  EXPECT_EQ(delays, (std::vector<Duration>{500ms, 1s, 2s, 4s}));
}

}  // namespace
}  // namespace unified::supervise
