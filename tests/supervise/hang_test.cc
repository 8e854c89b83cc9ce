#include <csignal>

#include <gtest/gtest.h>

#include "life.h"

namespace unified::supervise {
namespace {

using namespace std::chrono_literals;

std::vector<int> signals(const Life& life) {
  std::vector<int> sent;
  for (const SendSignal& signal : life.did<SendSignal>())
    sent.push_back(signal.signal);
  return sent;
}

TEST(HangTest, AHungServerIsAskedForItsStacksThenKilledThenStartedAgain) {
  Life life;
  life.start_to_running();
  life.pass(60s);

  life.found_hung();

  EXPECT_EQ(signals(life), (std::vector<int>{SIGQUIT, SIGCONT}));
  EXPECT_EQ(life.armed(Timer::kDumpDeadline), Duration{3s});
  life.pass(3s);
  life.fire(Timer::kDumpDeadline);
  EXPECT_EQ(life.did<KillGroup>().size(), 1U);
  life.exited(ExitStatus::signaled(SIGKILL));
  EXPECT_EQ(life.armed(Timer::kBackoff), Duration{500ms});
  life.fire(Timer::kBackoff);
  EXPECT_EQ(life.did<Spawn>().size(), 1U);
  EXPECT_EQ(life.state.hangs, 1U);
}

TEST(HangTest, AServerThatHangsAgainIsKilledAgainLaterEachTime) {
  Life life;
  life.start_to_running();
  for (const Duration delay : {500ms, 1000ms, 2000ms}) {
    life.pass(70s);
    life.found_hung();
    life.exited(ExitStatus::exited(2));
    EXPECT_EQ(life.armed(Timer::kBackoff), delay);
    life.fire(Timer::kBackoff);
    life.spawned();
    life.ready();
  }
  life.pass(11min);
  life.found_hung();
  life.exited(ExitStatus::exited(2));
  EXPECT_EQ(life.armed(Timer::kBackoff), Duration{500ms});
}

TEST(HangTest, ARecoveringServerIsNeverKilled) {
  Life life;
  life.start();
  life.spawned();
  life.pass(24h);

  life.found_hung();

  EXPECT_TRUE(life.last.empty());
  EXPECT_EQ(life.state.phase, Phase::kRecovering);
}

TEST(HangTest, AStopMeanwhileKillsAtOnceAndStartsNothing) {
  Life life;
  life.start_to_running();
  life.found_hung();

  life.stop();

  EXPECT_EQ(life.did<KillGroup>().size(), 1U);
  life.exited(ExitStatus::signaled(SIGKILL));
  EXPECT_EQ(life.exit_code(), 137);
}

TEST(HangTest, OneThatEvenSurvivesAKillIsWaitedFor) {
  Life life;
  life.start_to_running();
  life.found_hung();
  life.fire(Timer::kDumpDeadline);

  life.fire(Timer::kUnkillable);

  EXPECT_EQ(life.exit_code(), std::nullopt);
  EXPECT_EQ(life.did<Report>().size(), 1U);
  life.exited(ExitStatus::signaled(SIGKILL));
  EXPECT_EQ(life.state.phase, Phase::kBackoff);
}

TEST(HangTest, WithoutARestartPolicyItsEndIsOurs) {
  Life life;
  life.policy.restart = Policy::Restart::kNever;
  life.start_to_running();
  life.found_hung();
  life.exited(ExitStatus::exited(2));
  EXPECT_EQ(life.exit_code(), 137);
}

TEST(HangTest, AnOlderIncarnationsHangIsNobodys) {
  Life life;
  life.start_to_running();
  life.feed(FoundHung{0, "late"});
  EXPECT_TRUE(life.last.empty());
}

}  // namespace
}  // namespace unified::supervise
