#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "support/bare_server.h"
#include "support/broker.h"
#include "support/entrypoint.h"
#include "support/loop_disk.h"
#include "support/wait_until.h"

namespace unified::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr const char* kTwoStreams = R"(
streams:
  - name: ORDERS
    subjects: [orders.>]
    consumers:
      - name: PICKER
        ack_policy: explicit
  - name: EVENTS
    subjects: [events.>]
)";
constexpr const char* kThirdStream = R"(
  - name: LATE
    subjects: [late.>]
    consumers:
      - name: READER
        ack_policy: explicit
)";

/// What nats-server wrote for a stream that we made lies in the kernel's cache for half a minute; a
/// stream whose meta.inf is empty after a power loss is not loaded.
class StreamSyncTest : public ServerTest {
 protected:
  [[nodiscard]] Broker broker(Environment environment = {}) {
    environment.insert({{"LD_PRELOAD", test_program("sync_witness.so")},
                        {"ASAN_OPTIONS", "verify_asan_link_order=0"},
                        {"SYNC_WITNESS", witness()},
                        {"SYNC_FAILS", *directory_ / "fails"},
                        {"SYNC_HANGS", *directory_ / "hangs"},
                        {"STREAMS_FILE", directory_->write("streams.yaml", kTwoStreams)}});
    return Broker({.server = server(), .environment = environment, .directory = directory_});
  }
  [[nodiscard]] std::string witness() const { return *directory_ / "synced"; }
  void forget() const { fs::remove(witness()); }
  [[nodiscard]] std::set<std::string> synced() const {
    std::set<std::string> paths;
    std::ifstream file{witness()};
    for (std::string line; std::getline(file, line);)
      paths.insert(line);
    return paths;
  }
  /// What a stream, or a consumer of it, needs to be loaded again, with the folders above.
  [[nodiscard]] std::set<std::string> needed(const std::string& stream,
                                             const std::string& consumer = {}) const {
    const std::string store = *directory_ / "store";
    const std::string above = store + "/jetstream/$G/streams/" + stream;
    const std::string folder = consumer.empty() ? above : above + "/obs/" + consumer;
    std::set<std::string> paths{folder + "/meta.inf", folder + "/meta.sum", folder};
    for (fs::path path = folder; path != fs::path{store}; path = path.parent_path())
      paths.insert(path.parent_path().string());
    return paths;
  }
  [[nodiscard]] bool has(const std::set<std::string>& paths) const {
    return std::ranges::includes(synced(), paths);
  }
  [[nodiscard]] std::string missing(const std::set<std::string>& paths) const {
    std::string text;
    for (const std::string& path : paths)
      if (!synced().contains(path))
        text += path + "\n";
    return text;
  }

  std::shared_ptr<TempDir> directory_ = std::make_shared<TempDir>();
};

TEST_P(StreamSyncTest, WhatAStartMakesIsOnTheDiskWhenTheBrokerIsReady) {
  Broker first = broker();
  ASSERT_TRUE(first.wait_ready(20s)) << first.output();

  EXPECT_EQ(missing(needed("ORDERS")), "");
  EXPECT_EQ(missing(needed("EVENTS")), "");
  EXPECT_EQ(missing(needed("ORDERS", "PICKER")), "");
}

TEST_P(StreamSyncTest, WhatAReloadAddsIsOnTheDiskWhenItIsDone) {
  Broker running = broker();
  ASSERT_TRUE(running.wait_ready(20s)) << running.output();
  forget();
  (void)directory_->write("streams.yaml", std::string{kTwoStreams} + (kThirdStream + 1));

  const Finished reload = running.command({"reload"});

  ASSERT_EQ(reload.status, 0) << reload.output;
  EXPECT_EQ(missing(needed("LATE")), "");
  EXPECT_EQ(missing(needed("LATE", "READER")), "");
  EXPECT_FALSE(has(needed("EVENTS")));  // nothing was changed there
}

TEST_P(StreamSyncTest, WhatDriftRepairOrInitMakesAgainIsOnTheDiskSoonAfter) {
  Broker running = broker({{"RECONCILE_INTERVAL", "1"}});
  ASSERT_TRUE(running.wait_ready(20s)) << running.output();
  NatsClient client = running.client();
  forget();
  client.api_ok("STREAM.DELETE.EVENTS");
  EXPECT_TRUE(wait_until(10s, [&] { return has(needed("EVENTS")); })) << running.output();
  forget();
  client.api_ok("CONSUMER.DELETE.ORDERS.PICKER");
  EXPECT_TRUE(wait_until(10s, [&] { return has(needed("ORDERS", "PICKER")); })) << running.output();
}

TEST_P(StreamSyncTest, WhatInitMakesOverTheControlSocketIsOnTheDiskSoonAfter) {
  Broker running = broker({{"RECONCILE_INTERVAL", "0"}});
  ASSERT_TRUE(running.wait_ready(20s)) << running.output();
  forget();
  (void)directory_->write("streams.yaml", std::string{kTwoStreams} + (kThirdStream + 1));

  const Finished init = running.command({"init"});

  ASSERT_EQ(init.status, 0) << init.output;
  EXPECT_TRUE(wait_until(1s, [&] { return has(needed("LATE")) && has(needed("LATE", "READER")); }))
      << missing(needed("LATE")) << missing(needed("LATE", "READER"));
}

TEST_P(StreamSyncTest, AStartThatChangesNothingSyncsNoStream) {
  {
    Broker first = broker();
    ASSERT_TRUE(first.wait_ready(20s)) << first.output();
    ASSERT_EQ(first.stop(), 0);
  }
  forget();
  Broker second = broker();
  ASSERT_TRUE(second.wait_ready(20s)) << second.output();
  EXPECT_FALSE(has(needed("ORDERS")));
}

TEST_P(StreamSyncTest, ADiskThatFailsIsToldOfWithThePathAndTriedAgain) {
  (void)directory_->write("fails", "");
  Broker first = broker();
  ASSERT_TRUE(first.wait_ready(20s)) << first.output();

  EXPECT_TRUE(first.process().wait_for_output("may not be there after a power loss", 5s))
      << first.output();
  EXPECT_NE(first.output().find("/meta.inf: input/output error"), std::string::npos)
      << first.output();
  fs::remove(*directory_ / "fails");
  EXPECT_TRUE(wait_until(10s, [&] { return has(needed("ORDERS")) && has(needed("EVENTS")); }));
  EXPECT_TRUE(first.process().wait_for_output("is on the disk now", 5s)) << first.output();
}

TEST_P(StreamSyncTest, ADiskThatHangsKeepsNeitherFromBeingReadyNorFromStopping) {
  (void)directory_->write("hangs", "");
  Broker first = broker();
  ASSERT_TRUE(first.wait_ready(5s)) << first.output();
  EXPECT_TRUE(first.client().publish("orders.new", "x"));
  EXPECT_EQ(first.stop(10s), 0) << first.output();
}

TEST_P(StreamSyncTest, APowerLossRightAfterReadyLeavesEveryStreamAndConsumer) {
  LoopDisk disk{128};
  if (!disk.why_not().empty())
    GTEST_SKIP() << disk.why_not();
  Broker before = broker({{"JETSTREAM_STORE_DIR", disk.folder() + "/store"},
                          {"JETSTREAM_MAX_FILE", "64MB"},
                          {"STREAM_MAX_BYTES", "1MB"}});
  ASSERT_TRUE(before.wait_ready(20s)) << before.output();

  const std::string after = disk.after_power_loss();

  ASSERT_EQ(disk.why_not(), "");
  before.kill_all();
  const BareServer bare({.server = server(),
                         .config = fmt::format("jetstream {{ store_dir: \"{}/store\" }}", after),
                         .jetstream = false,
                         .directory = directory_});
  NatsClient client{{.url = bare.url()}};
  for (const char* stream : {"ORDERS", "EVENTS"})
    EXPECT_FALSE(client.api(std::string{"STREAM.INFO."} + stream).contains("error")) << stream;
  EXPECT_FALSE(client.api("CONSUMER.INFO.ORDERS.PICKER").contains("error"));
}

UNIFIED_ON_EVERY_SERVER(StreamSyncTest);

}  // namespace
}  // namespace unified::test
