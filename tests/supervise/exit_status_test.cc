#include "supervise/exit_status.h"

#include <csignal>

#include <gtest/gtest.h>

namespace unified::supervise {
namespace {

TEST(ExitStatusTest, ReadsTheExitCodeOutOfAWaitStatus) {
  const ExitStatus status = ExitStatus::from_wait(3 << 8);
  EXPECT_FALSE(status.is_signaled());
  EXPECT_EQ(status.code(), 3);
  EXPECT_EQ(status.shell_code(), 3);
  EXPECT_FALSE(status.success());
}

TEST(ExitStatusTest, ReadsTheSignalOutOfAWaitStatus) {
  const ExitStatus status = ExitStatus::from_wait(SIGTERM);
  EXPECT_TRUE(status.is_signaled());
  EXPECT_EQ(status.signal(), SIGTERM);
  EXPECT_EQ(status.shell_code(), 143);
}

TEST(ExitStatusTest, SucceedsOnlyWithCodeZero) {
  EXPECT_TRUE(ExitStatus::exited(0).success());
  EXPECT_FALSE(ExitStatus::exited(1).success());
  EXPECT_FALSE(ExitStatus::signaled(SIGINT).success());
}

TEST(ExitStatusTest, DescribesItselfForPeople) {
  EXPECT_EQ(ExitStatus::exited(3).describe(), "exited with code 3");
  EXPECT_EQ(ExitStatus::signaled(SIGKILL).describe(), "killed by signal 9 (KILL)");
  EXPECT_EQ(ExitStatus::from_wait(SIGSEGV | 0x80).describe(),
            "killed by signal 11 (SEGV) (core dumped)");
  EXPECT_EQ(ExitStatus::signaled(40).describe(), "killed by signal 40");
}

}  // namespace
}  // namespace unified::supervise
