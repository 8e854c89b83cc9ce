#include "supervise/stop.h"

#include <csignal>

#include <gtest/gtest.h>

namespace unified::supervise {
namespace {

using namespace std::chrono_literals;

TEST(StopTest, GraceIsTheTimeoutLessOneSecondButAtLeastHalf) {
  Policy policy;
  policy.stop_timeout = 8s;
  EXPECT_EQ(stop_grace(policy), Duration{7s});
  policy.stop_timeout = 2s;
  EXPECT_EQ(stop_grace(policy), Duration{1s});
  policy.stop_timeout = 1s;
  EXPECT_EQ(stop_grace(policy), Duration{500ms});
}

TEST(StopTest, WarnsWhenTheContainerIsKilledBeforeTheStopIsOver) {
  Policy policy;
  policy.stop_timeout = 8s;
  EXPECT_FALSE(stop_budget_warning(policy, 10s));
  policy.stop_timeout = 25s;
  const auto warning = stop_budget_warning(policy, 10s);
  ASSERT_TRUE(warning);
  EXPECT_NE(warning->find("STOP_TIMEOUT=25s"), std::string::npos) << *warning;
  EXPECT_FALSE(stop_budget_warning(policy, 30s));
}

TEST(StopTest, WarnsWhenALameDuckSendsNobodyAway) {
  Policy policy;
  policy.stop_timeout = 25s;
  EXPECT_FALSE(lame_duck_warning(policy, 30s)) << "no lame duck";
  policy.lame_duck = true;
  EXPECT_FALSE(lame_duck_warning(policy, 10s));
  EXPECT_TRUE(lame_duck_warning(policy, 21s));
}

TEST(StopTest, ExitCodeTellsWhetherTheChildEndedAsAsked) {
  struct Case {
    ExitStatus status;
    int exit_code;
  };
  const Case cases[] = {
      {ExitStatus::exited(0), 0},           {ExitStatus::exited(1), 0},
      {ExitStatus::exited(2), 2},           {ExitStatus::signaled(SIGINT), 0},
      {ExitStatus::signaled(SIGTERM), 0},   {ExitStatus::signaled(SIGKILL), 137},
      {ExitStatus::signaled(SIGSEGV), 139}, {ExitStatus::signaled(SIGQUIT), 131},
  };
  for (const Case& c : cases)
    EXPECT_EQ(exit_code_of_stop(c.status), c.exit_code) << c.status.describe();
}

}  // namespace
}  // namespace unified::supervise
