#include "os/reaper.h"

#include <sys/wait.h>

#include <csignal>
#include <set>

#include <gtest/gtest.h>

#include "child_under_test.h"
#include "os/signals.h"

namespace unified::os {
namespace {

/// Reaps until `count` children are gone.
void reap(int count, const ReapCallbacks& callbacks) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  int reaped = 0;
  while (reaped < count && std::chrono::steady_clock::now() < deadline)
    reaped += reap_all(callbacks).reaped;
  EXPECT_EQ(reaped, count);
}

TEST(ReaperTest, NothingToReapIsNoError) {
  const ReapResult result = reap_all({});
  EXPECT_EQ(result.reaped, 0);
  EXPECT_FALSE(result.more);
}

TEST(ReaperTest, LivingChildIsLeftAlone) {
  ChildUnderTest child{{"--sleep", "0"}};
  EXPECT_EQ(reap_all({}).reaped, 0);
}

TEST(ReaperTest, ZombieIsThereBeforeAndGoneAfter) {
  ChildUnderTest child{{"--exit", "5"}};
  ASSERT_TRUE(wait_readable(child.child().pidfd.get()));
  std::vector<std::string> story;
  reap(1, {.before =
               [&](int pid) {
                 EXPECT_EQ(pid, child.pid());
                 EXPECT_EQ(::kill(pid, 0), 0);
                 story.emplace_back("before");
               },
           .after =
               [&](int pid, const supervise::ExitStatus& status) {
                 EXPECT_EQ(pid, child.pid());
                 EXPECT_EQ(::kill(pid, 0), -1);
                 story.push_back("after: " + status.describe());
               }});
  EXPECT_EQ(story, (std::vector<std::string>{"before", "after: exited with code 5"}));
}

TEST(ReaperTest, LimitBoundsOneCallAndTellsThatThereIsMore) {
  std::vector<pid_t> pids;
  for (int i = 0; i < 5; ++i) {
    const pid_t pid = ::fork();
    if (pid == 0)
      ::_exit(0);
    pids.push_back(pid);
  }
  siginfo_t info{};
  for (const pid_t pid : pids)
    ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT), 0);

  for (const auto& [reaped, more] : {std::pair{2, true}, {2, true}, {1, false}}) {
    const ReapResult result = reap_all({}, 2);
    EXPECT_EQ(result.reaped, reaped);
    EXPECT_EQ(result.more, more);
  }
}

TEST(ReaperTest, OrphansComeToASubreaper) {
  ASSERT_TRUE(become_subreaper());
  ChildUnderTest child{{"--orphan", "100", "--print-pid", "--sleep", "0"}};
  child.output_line();
  std::set<int> pids;
  reap(100,
       {.before = {}, .after = [&](int pid, const supervise::ExitStatus&) { pids.insert(pid); }});
  EXPECT_EQ(pids.size(), 100U);
  EXPECT_FALSE(pids.contains(child.pid()));
}

TEST(ReaperTest, MainChildIsFoundAmongOrphansThatEndWithIt) {
  ASSERT_TRUE(become_subreaper());
  for (int i = 0; i < 50; ++i) {
    ChildUnderTest child{{"--orphan", "3", "--exit", "9"}};
    const auto status = child.wait();
    ASSERT_TRUE(status);
    ASSERT_EQ(status->code(), 9);
  }
  while (::waitpid(-1, nullptr, WNOHANG) > 0) {
  }
}

}  // namespace
}  // namespace unified::os
