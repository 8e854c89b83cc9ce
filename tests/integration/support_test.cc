#include <unistd.h>

#include <csignal>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "support/free_port.h"
#include "support/process.h"
#include "support/temp_dir.h"
#include "support/wait_until.h"

// The harness itself: a test that can't fail proves nothing.
namespace unified::test {
namespace {

using namespace std::chrono_literals;

ProcessOptions shell(const std::string& script) {
  return {
      .command = {"/bin/sh", "-c", script}, .environment = {{"WORD", "here"}}, .directory = "/"};
}

TEST(ProcessTest, CapturesBothStreamsAndTheExitCode) {
  const Finished finished = run(shell("echo $WORD; pwd >&2; exit 3"));

  EXPECT_EQ(finished.status, 3);
  EXPECT_EQ(finished.output, "here\n/\n");
}

TEST(ProcessTest, ReportsDeathBySignalAndAMissingProgram) {
  EXPECT_EQ(run(shell("kill -KILL $$")).status, 128 + SIGKILL);
  EXPECT_EQ(run({.command = {"/no/such/program"}, .environment = {}, .directory = {}}).status, 127);
}

TEST(ProcessTest, ADeadlineEndsTheWaitingNotTheProcess) {
  Process process{shell("echo up; exec tail -f /dev/null")};

  ASSERT_TRUE(process.wait_for_output("up", 5s));
  EXPECT_FALSE(process.wait(10ms));
  EXPECT_TRUE(process.running());
  process.send(SIGTERM);
  EXPECT_EQ(process.wait(5s), 128 + SIGTERM);
}

TEST(ProcessTest, FindsAndKillsOrphansInOtherProcessGroups) {
  pid_t orphan = 0;
  {
    Process process{shell("set -m; tail -f /dev/null & echo up")};
    ASSERT_EQ(process.wait(5s), 0);
    ASSERT_EQ(process.others("tail").size(), 1U);
    orphan = process.others("tail").front();
  }
  EXPECT_TRUE(wait_until(5s, [&] { return kill(orphan, 0) != 0; }));
}

TEST(FreePortTest, NoTwoAreTheSame) {
  std::set<int> numbers;
  std::vector<FreePort> ports(50);
  for (const FreePort& port : ports)
    numbers.insert(port.number());

  EXPECT_EQ(numbers.size(), ports.size());
}

TEST(TempDirTest, IsGoneAtTheEnd) {
  std::string file;
  {
    const TempDir folder;
    file = folder.write("a/b", "text");
    EXPECT_EQ(folder.read("a/b"), "text");
    EXPECT_EQ(access(file.c_str(), F_OK), 0);
  }
  EXPECT_NE(access(file.c_str(), F_OK), 0);
}

}  // namespace
}  // namespace unified::test
