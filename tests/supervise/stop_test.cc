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
