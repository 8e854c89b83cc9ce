#include "os/spawn.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "child_under_test.h"
#include "os/signals.h"
#include "os/store_lock.h"
#include "temp_directory.h"

namespace unified::os {
namespace {

TEST(SpawnTest, EveryExitCodeComesThrough) {
  for (int code = 0; code < 256; ++code) {
    ChildUnderTest child{{"--exit", std::to_string(code)}};
    EXPECT_EQ(child.exec_error(), 0);
    const auto status = child.wait();
    ASSERT_TRUE(status);
    ASSERT_EQ(status->shell_code(), code);
    ASSERT_FALSE(status->is_signaled());
  }
}

TEST(SpawnTest, EndingSignalComesThrough) {
  for (const int signal : {SIGTERM, SIGHUP, SIGQUIT, SIGKILL, SIGSEGV}) {
    ChildUnderTest child{{"--signal", std::to_string(signal)}};
    const auto status = child.wait();
    ASSERT_TRUE(status);
    EXPECT_EQ(status->signal(), signal);
    EXPECT_EQ(status->shell_code(), 128 + signal);
  }
}

TEST(SpawnTest, FailedExecTellsItsErrnoAndEndsWithTheShellsCode) {
  const TempDirectory directory;
  const std::string no_permission = directory.write("no-permission", "#!/bin/sh\n", 0644);
  const std::string no_format = directory.write("no-format", "\x01\x02", 0755);
  struct Case {
    std::string program;
    int error_number;
    int exit_code;
  };
  const Case cases[] = {{"/nonexistent/nats-server", ENOENT, 127},
                        {no_permission + "/nats-server", ENOTDIR, 127},
                        {directory.path(), EACCES, 126},
                        {no_permission, EACCES, 126},
                        {no_format, ENOEXEC, 126}};
  for (const Case& c : cases) {
    ChildUnderTest child{{}, SpawnRequest{.program = c.program}};
    EXPECT_EQ(child.exec_error(), c.error_number) << c.program;
    const auto status = child.wait();
    ASSERT_TRUE(status);
    EXPECT_EQ(status->code(), c.exit_code) << c.program;
  }
}

TEST(SpawnTest, MissingWorkingDirectoryIsAnErrorBeforeTheFork) {
  const auto child = spawn({.program = UNIFIED_MISBEHAVE, .working_directory = "/nonexistent"});
  ASSERT_FALSE(child);
  EXPECT_EQ(child.error().error_number, ENOENT);
  EXPECT_EQ(child.error().message, "cannot open /nonexistent: no such file or directory");
}

TEST(SpawnTest, ChildStartsWithNoSignalBlockedOrIgnored) {
  const sigset_t before = block_all_signals();
  std::signal(SIGINT, SIG_IGN);
  ignore_sigpipe();
  ChildUnderTest child{{"--print-status"}};
  const std::string status = child.whole_output();
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGPIPE, SIG_DFL);

  EXPECT_NE(status.find("SigBlk:\t0000000000000000"), std::string::npos) << status;
  EXPECT_NE(status.find("SigIgn:\t0000000000000000"), std::string::npos) << status;
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // those catch SEGV themselves
  EXPECT_NE(status.find("SigCgt:\t0000000000000000"), std::string::npos) << status;
#endif
}

TEST(SpawnTest, CallersMaskIsRestored) {
  sigset_t before;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &before);
  ChildUnderTest child{{"--exit", "0"}};
  sigset_t after;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &after);
  for (int signal = 1; signal < NSIG; ++signal)
    EXPECT_EQ(::sigismember(&before, signal), ::sigismember(&after, signal)) << signal;
}

TEST(SpawnTest, ChildSeesOnlyTheStandardStreamsAndWhatItInherits) {
  std::vector<UniqueFd> leaks;
  for (int i = 0; i < 20; ++i)
    leaks.emplace_back(
        ::open("/dev/null", O_RDONLY));  // without CLOEXEC, as a careless parent leaves them
  const int inherited = leaks[7].get();

  ChildUnderTest closed{{"--print-fds"}};
  EXPECT_EQ(closed.whole_output(), "0 1 2\n");
  ChildUnderTest open{{"--print-fds"}, SpawnRequest{.inherited_fds = {inherited}}};
  EXPECT_EQ(open.whole_output(), "0 1 2 " + std::to_string(inherited) + "\n");
}

TEST(SpawnTest, ParentKeepsNothingButPidfdAndErrorPipe) {
  const auto open_fds = [] {
    return std::distance(std::filesystem::directory_iterator{"/proc/self/fd"},
                         std::filesystem::directory_iterator{});
  };
  const auto before = open_fds();
  {
    ChildUnderTest child{{"--exit", "0"}};
    EXPECT_EQ(open_fds(), before + 3);  // and the test's own pipe
  }
  EXPECT_EQ(open_fds(), before);
}

TEST(SpawnTest, SwappedStandardStreamsArriveSwapped) {
  Result<Pipe> pipe = make_pipe();
  ASSERT_TRUE(pipe);
  const UniqueFd old_out{::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 10)};
  ASSERT_GE(::dup2(pipe->write.get(), STDOUT_FILENO), 0);
  const auto child = spawn({.program = UNIFIED_MISBEHAVE,
                            .arguments = {"misbehave", "--no-such-option"},  // complains on stderr
                            .stdout_fd = STDERR_FILENO,
                            .stderr_fd = STDOUT_FILENO});
  ::dup2(old_out.get(), STDOUT_FILENO);
  pipe->write.reset();
  ASSERT_TRUE(child);
  EXPECT_EQ(read_to_end(pipe->read.get()), "misbehave: unknown option --no-such-option\n");
  reap_all({});
}

TEST(SpawnTest, ChildGetsItsWorkingDirectoryArgumentsAndEnvironment) {
  const TempDirectory directory;
  ChildUnderTest child{
      {"--print-cwd", "--print-env", "--print-args"},
      SpawnRequest{.environment = {"A=1", "B=two words"}, .working_directory = directory.path()}};
  EXPECT_EQ(
      child.whole_output(),
      directory.path() + "\nA=1\nB=two words\nmisbehave\n--print-cwd\n--print-env\n--print-args\n");
}

TEST(SpawnTest, ChildStandsBackWhenAskedTo) {
  const auto scores_of = [](const SpawnRequest& asked) {
    Result<Pipe> pipe = make_pipe();
    EXPECT_TRUE(pipe);
    SpawnRequest request = asked;
    request.program = "/bin/sh";
    request.arguments = {"sh", "-c", "echo $(cat /proc/self/oom_score_adj) $(nice)"};
    request.environment = {"PATH=/usr/bin:/bin"};
    request.stdout_fd = pipe->write.get();
    const auto child = spawn(request);
    EXPECT_TRUE(child);
    pipe->write.reset();
    const std::string said = read_to_end(pipe->read.get());
    reap_all({});
    return said;
  };
  EXPECT_EQ(scores_of({.oom_score_adj = 1000, .nice = 19}), "1000 19\n");
  EXPECT_NE(scores_of({}), "1000 19\n");
}

TEST(SpawnTest, ChildLeadsItsOwnProcessGroupBeforeSpawnReturns) {
  ChildUnderTest child{{"--print-pgid", "--sleep", "0"}};
  EXPECT_EQ(::getpgid(child.pid()), child.pid());
  EXPECT_EQ(child.output_line(), std::to_string(child.pid()));
}

TEST(SpawnTest, ChildDiesWithItsParent) {
  Result<Pipe> pipe = make_pipe();
  ASSERT_TRUE(pipe);
  const pid_t parent = ::fork();
  if (parent == 0) {
    const auto child =
        spawn({.program = UNIFIED_MISBEHAVE,
               .arguments = {"misbehave", "--print-pdeath", "--ignore-term", "--sleep", "0"},
               .stdout_fd = pipe->write.get()});
    ::pause();
    ::_exit(child ? 0 : 1);
  }
  pipe->write.reset();
  EXPECT_EQ(read_line(pipe->read.get()), std::to_string(SIGKILL));
  ::kill(parent, SIGKILL);
  EXPECT_EQ(read_to_end(pipe->read.get()), "");  // the child held the other end
  reap_all({});
}

TEST(SpawnTest, EndIsSeenAtOnceThoughAGrandchildHoldsStdout) {
  ChildUnderTest child{{"--grandchild", "--exit", "3"}};
  const int grandchild = std::atoi(child.output_line().c_str());
  const auto status = child.wait();  // by the pidfd; end of file never comes
  ASSERT_TRUE(status);
  EXPECT_EQ(status->code(), 3);
  EXPECT_FALSE(wait_readable(child.output(), std::chrono::milliseconds{0}));
  ::kill(grandchild, SIGKILL);
  child.whole_output();
}

TEST(SpawnTest, StoreLockLivesAsLongAsTheChildThatInheritsIt) {
  const TempDirectory directory;
  auto ours = try_lock_store(directory.path());
  ASSERT_TRUE(ours && !ours->held_by_another());
  {
    ChildUnderTest child{{"--sleep", "0"}, SpawnRequest{.inherited_fds = {ours->fd.get()}}};
    ASSERT_EQ(child.exec_error(), 0);
    ours->fd.reset();
    const auto second = try_lock_store(directory.path());
    ASSERT_TRUE(second);
    EXPECT_TRUE(second->held_by_another());
  }
  const auto third = try_lock_store(directory.path());
  ASSERT_TRUE(third);
  EXPECT_FALSE(third->held_by_another());
}

}  // namespace
}  // namespace unified::os
