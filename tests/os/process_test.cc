#include "os/process.h"

#include <sched.h>
#include <sys/wait.h>

#include <csignal>

#include <gtest/gtest.h>

#include "child_under_test.h"

namespace unified::os {
namespace {

TEST(ProcessTest, SignalReachesTheChild) {
  ChildUnderTest child{{"--exit-on-int", "7", "--print-pid", "--sleep", "0"}};
  child.output_line();  // the handler is in place
  ASSERT_TRUE(send_signal(child.child(), SIGINT));
  const auto status = child.wait();
  ASSERT_TRUE(status);
  EXPECT_EQ(status->code(), 7);
}

TEST(ProcessTest, SignalRightAfterSpawnIsNotLost) {
  for (int i = 0; i < 50; ++i) {
    ChildUnderTest child{{"--sleep", "0"}};
    ASSERT_TRUE(send_signal(child.child(), SIGTERM));
    const auto status = child.wait();
    ASSERT_TRUE(status);
    ASSERT_EQ(status->signal(), SIGTERM);
  }
}

TEST(ProcessTest, StoppedChildEndsOnIntFollowedByCont) {
  ChildUnderTest child{{"--print-pid", "--stop", "--sleep", "0"}};
  child.output_line();
  siginfo_t info{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child.pid()), &info, WSTOPPED), 0);
  ASSERT_TRUE(send_signal(child.child(), SIGINT));
  ASSERT_TRUE(send_signal(child.child(), SIGCONT));
  const auto status = child.wait();
  ASSERT_TRUE(status);
  EXPECT_EQ(status->signal(), SIGINT);
}

TEST(ProcessTest, KillGroupEndsADeafChildAndItsGrandchildren) {
  ChildUnderTest child{{"--ignore-term", "--grandchild", "--sleep", "0"}};
  child.output_line();
  ASSERT_TRUE(kill_group(child.pid()));
  const auto status = child.wait();
  ASSERT_TRUE(status);
  EXPECT_EQ(status->signal(), SIGKILL);
  child.whole_output();  // ends only when the grandchild is gone too
}

TEST(ProcessTest, KillGroupRightAfterSpawnFindsTheGroup) {
  for (int i = 0; i < 50; ++i) {
    ChildUnderTest child{{"--sleep", "0"}};
    ASSERT_TRUE(kill_group(child.pid()));
    ASSERT_TRUE(child.wait());
  }
}

TEST(ProcessTest, ZombieStillPinsItsGroup) {
  ChildUnderTest child{{"--grandchild", "--exit", "0"}};
  child.output_line();
  ASSERT_TRUE(wait_readable(child.child().pidfd.get()));
  EXPECT_TRUE(kill_group(child.pid()));
  child.whole_output();
}

TEST(ProcessTest, ReapedChildCannotBeSignalled) {
  ChildUnderTest child{{"--exit", "0"}};
  ASSERT_TRUE(child.wait());
  const auto sent = send_signal(child.child(), SIGTERM);
  ASSERT_FALSE(sent);
  EXPECT_NE(sent.error().message.find("no such process"), std::string::npos)
      << sent.error().message;
}

TEST(ProcessTest, RefusesToSignalEverybody) {
  for (const int pid : {-1, 0, 1}) {
    EXPECT_FALSE(kill_group(pid));
    EXPECT_FALSE(send_signal(Child{.pid = pid, .pidfd = {}, .exec_error = {}}, SIGKILL));
  }
  ASSERT_FALSE(is_pid1());
  EXPECT_FALSE(signal_all_others(SIGKILL));
}

/// The body of a PID 1: a daemon in a session of its own escapes the group kill, and the sweep
/// finds it.
int sweep_as_pid1(int output) {
  const auto child = spawn({.program = UNIFIED_MISBEHAVE,
                            .arguments = {"misbehave", "--daemon", "--exit", "0"},
                            .stdout_fd = output});
  if (!child || !is_pid1() || !wait_readable(child->pidfd.get()) || !kill_group(child->pid))
    return 1;
  if (!signal_all_others(SIGKILL))
    return 2;
  siginfo_t info{};
  while (::waitid(P_ALL, 0, &info, WEXITED) == 0) {
  }
  return 0;
}

TEST(ProcessTest, AZombieAndWhatIsGoneHaveEndedAndWhatSleepsHasNot) {
  EXPECT_FALSE(has_ended(::getpid()));
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::pause();
    ::_exit(0);
  }
  EXPECT_FALSE(has_ended(pid));
  ASSERT_EQ(::kill(pid, SIGKILL), 0);
  siginfo_t info{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT), 0);
  EXPECT_TRUE(has_ended(pid)) << "a zombie";
  ASSERT_EQ(::waitpid(pid, nullptr, 0), pid);
  EXPECT_TRUE(has_ended(pid)) << "gone";
}

TEST(ProcessTest, SweepOfPid1FindsWhatLeftTheGroup) {
  Result<Pipe> pipe = make_pipe();
  ASSERT_TRUE(pipe);
  // unshare() concerns children born later, so the process that calls it must not be the test
  // itself.
  const pid_t outer = ::fork();
  if (outer == 0) {
    if (::unshare(CLONE_NEWPID) != 0)
      ::_exit(77);
    const pid_t init = ::fork();
    if (init == 0)
      ::_exit(sweep_as_pid1(pipe->write.get()));
    int status = 0;
    ::waitpid(init, &status, 0);
    ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 99);
  }
  pipe->write.reset();
  const std::string output = read_to_end(pipe->read.get());
  int status = 0;
  ASSERT_EQ(::waitpid(outer, &status, 0), outer);
  if (WEXITSTATUS(status) == 77)
    GTEST_SKIP() << "no permission for a PID namespace of our own";
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_FALSE(output.empty());
}

}  // namespace
}  // namespace unified::os
