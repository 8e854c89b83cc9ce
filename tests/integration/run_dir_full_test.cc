// RUN_DIR on a file system without room: a restart stops nothing, and a start waits.
#include <filesystem>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "support/broker.h"
#include "support/entrypoint.h"
#include "support/small_disk.h"
#include "support/wait_until.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

class RunDirFullTest : public NewestServerTest {
 protected:
  void SetUp() override {
    NewestServerTest::SetUp();
    if (!disk_.why_not().empty())
      GTEST_SKIP() << disk_.why_not();
  }

  Environment environment(const std::string& init_timeout = "30") {
    return {{"RUN_DIR", disk_ / "run"},
            {"NATS_CONFIG_FILE", disk_ / "run/nats.conf"},
            {"INIT_TIMEOUT", init_timeout}};
  }

  void make_full_run_dir() {
    fs::create_directory(disk_ / "run");
    fs::permissions(disk_ / "run", fs::perms::owner_all);
    disk_.take_everything();
  }

  /// The control socket is not where Broker looks for it.
  static bool is_ready(const Broker& broker) {
    return broker.command({"health", "quick"}).status == 0;
  }

  SmallDisk disk_{8};  // TSan's run-time library has 512 KB of it for each process
};

TEST_F(RunDirFullTest, ARestartStopsNothingWhenWhatItWritesHasNoRoom) {
  Broker broker({.server = server(), .environment = environment()});
  ASSERT_TRUE(wait_until(20s, [&] { return is_ready(broker); })) << broker.output();
  const pid_t before = broker.server_pid();
  disk_.take_everything();

  const Finished refused = broker.command({"restart"}, 60s);

  EXPECT_EQ(refused.status, 75) << refused.output;
  EXPECT_NE(refused.output.find("no space left on device"), std::string::npos) << refused.output;
  EXPECT_EQ(broker.server_pid(), before) << broker.output();
  EXPECT_TRUE(is_ready(broker)) << broker.output();
  disk_.give_back();
  const Finished restarted = broker.command({"restart"}, 60s);
  EXPECT_EQ(restarted.status, 0) << restarted.output << broker.output();
  EXPECT_NE(broker.server_pid(), before);
  EXPECT_FALSE(fs::exists(disk_ / "run/nats.conf.room")) << "given back";
  EXPECT_EQ(broker.stop(), 0) << broker.output();
}

/// nats.conf is tested in a folder for temporary files.
TEST_F(RunDirFullTest, WithoutRoomForTemporaryFilesNothingIsStoppedAndNothingIsCalledInvalid) {
  fs::create_directory(disk_ / "tmp");
  Broker broker({.server = server(), .environment = {{"TMPDIR", disk_ / "tmp"}}});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  const pid_t before = broker.server_pid();
  disk_.take_everything();

  for (const char* verb : {"restart", "validate"}) {
    const Finished refused = broker.command({verb}, 60s);
    EXPECT_EQ(refused.status, 75) << verb << ": " << refused.output;
    EXPECT_NE(refused.output.find("no space left on device"), std::string::npos) << refused.output;
    EXPECT_NE(refused.output.find("TMPDIR"), std::string::npos) << refused.output;
    EXPECT_EQ(refused.output.find("invalid"), std::string::npos) << refused.output;
  }

  EXPECT_EQ(broker.server_pid(), before) << broker.output();
  EXPECT_TRUE(broker.ready());
  disk_.give_back();
  const Finished restarted = broker.command({"restart"}, 60s);
  EXPECT_EQ(restarted.status, 0) << restarted.output << broker.output();
  EXPECT_EQ(broker.stop(), 0) << broker.output();
}

TEST_F(RunDirFullTest, ARestartThatWasAcceptedEndsReadyAlthoughItGetsFullMeanwhile) {
  Broker broker({.server = server(), .environment = environment()});
  ASSERT_TRUE(wait_until(20s, [&] { return is_ready(broker); })) << broker.output();
  const pid_t before = broker.server_pid();
  ASSERT_EQ(broker.command({"restart", "--no-wait"}, 60s).status, 0) << broker.output();
  disk_.take_everything();

  EXPECT_TRUE(wait_until(30s, [&] { return broker.server_pid() != before && is_ready(broker); }))
      << broker.output();
  EXPECT_EQ(broker.stop(), 0) << broker.output();
}

TEST_F(RunDirFullTest, AStartWaitsForRoom) {
  make_full_run_dir();
  Broker broker({.server = server(), .environment = environment()});
  ASSERT_TRUE(broker.process().wait_for_output("waiting up to INIT_TIMEOUT", 20s))
      << broker.output();

  disk_.give_back();

  EXPECT_TRUE(wait_until(20s, [&] { return is_ready(broker); })) << broker.output();
  EXPECT_EQ(broker.stop(), 0) << broker.output();
}

TEST_F(RunDirFullTest, AStartThatWaitsIsStoppedByASignalAndEndsWith75WhenTheTimeIsOver) {
  make_full_run_dir();
  {
    Broker broker({.server = server(), .environment = environment()});
    ASSERT_TRUE(broker.process().wait_for_output("waiting up to INIT_TIMEOUT", 20s))
        << broker.output();
    EXPECT_EQ(broker.stop(5s), 0) << broker.output();
  }
  Broker broker({.server = server(), .environment = environment("1s")});

  EXPECT_EQ(broker.wait(20s), 75) << broker.output();
}

class RunDirRoomTest : public NewestServerTest {};

TEST_F(RunDirRoomTest, AStartWaitsWhileNatsConfIsRefusedAlthoughOtherFilesHaveRoom) {
  auto directory = std::make_shared<TempDir>();
  const std::string gate = directory->write("no-room", "");
  Broker broker({.server = server(),
                 .environment = {{"LD_PRELOAD", test_program("bent_libc.so")},
                                 {"ASAN_OPTIONS", "verify_asan_link_order=0"},
                                 {"BEND_CONF", gate}},
                 .directory = directory});
  ASSERT_TRUE(broker.process().wait_for_output("waiting up to INIT_TIMEOUT", 20s))
      << broker.output();
  EXPECT_FALSE(broker.wait(1s)) << broker.output();

  fs::remove(gate);

  EXPECT_TRUE(broker.wait_ready(20s)) << broker.output();
  EXPECT_EQ(broker.stop(), 0) << broker.output();
}

}  // namespace
}  // namespace unified::test
