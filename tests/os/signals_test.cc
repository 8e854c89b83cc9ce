#include "os/signals.h"

#include <sys/wait.h>

#include <gtest/gtest.h>

#include "child_under_test.h"

namespace unified::os {
namespace {

class SignalsTest : public testing::Test {
 protected:
  void SetUp() override { before_ = block_all_signals(); }
  void TearDown() override { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  sigset_t before_{};
};

TEST_F(SignalsTest, FaultSignalsStayUnblocked) {
  sigset_t mask;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS})
    EXPECT_EQ(::sigismember(&mask, fault), 0) << fault;
  for (const int signal :
       {SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2, SIGCHLD, SIGPIPE, SIGALRM})
    EXPECT_EQ(::sigismember(&mask, signal), 1) << signal;
}

TEST_F(SignalsTest, SignalFdTellsSignalAndSender) {
  const auto fd = make_signal_fd(all_but_fault_signals());
  ASSERT_TRUE(fd);
  EXPECT_FALSE(read_signal(fd->get()));
  ASSERT_EQ(::kill(::getpid(), SIGTERM), 0);
  ASSERT_TRUE(wait_readable(fd->get()));
  const auto received = read_signal(fd->get());
  ASSERT_TRUE(received);
  EXPECT_EQ(received->signal, SIGTERM);
  EXPECT_EQ(received->sender_pid, ::getpid());
  EXPECT_FALSE(read_signal(fd->get()));
}

TEST_F(SignalsTest, EndOfAChildArrivesAsSigchld) {
  const auto fd = make_signal_fd(all_but_fault_signals());
  ASSERT_TRUE(fd);
  ChildUnderTest child{{"--exit", "0"}};
  ASSERT_TRUE(wait_readable(fd->get()));
  const auto received = read_signal(fd->get());
  ASSERT_TRUE(received);
  EXPECT_EQ(received->signal, SIGCHLD);
}

TEST_F(SignalsTest, WriteToAClosedPipeIsAnErrorNotAnEnd) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    ignore_sigpipe();
    Result<Pipe> pipe = make_pipe();
    pipe->read.reset();
    const bool refused = ::write(pipe->write.get(), "x", 1) == -1 && errno == EPIPE;
    ::_exit(refused ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0);
}

TEST(SignalNameTest, IsTheOneThatPeopleKnow) {
  EXPECT_EQ(signal_name(SIGTERM), "SIGTERM");
  EXPECT_EQ(signal_name(SIGRTMIN), "signal 34");
}

}  // namespace
}  // namespace unified::os
