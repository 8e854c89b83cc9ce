// `pause` and `resume`: declared streams that we leave alone for a while.
#include <fcntl.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "list_watch.h"
#include "sidecar_beside.h"
#include "support/broker.h"
#include "support/wait_until.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;

constexpr const char* kPausableStreams = R"(
streams:
  - name: ORDERS
    subjects: [orders.>]
    consumers:
      - {name: billing}
  - name: OTHER
    subjects: [other.>]
)";

class PauseTest : public ServerTest {
 protected:
  Broker start() {
    (void)directory_->write("streams.yaml", kPausableStreams);
    return Broker{{.server = server(),
                   .environment = {{"STREAMS_FILE", *directory_ / "streams.yaml"},
                                   {"RECONCILE_INTERVAL", "1"}},
                   .directory = directory_}};
  }
  /// A sidecar of that server, in our directory.
  [[nodiscard]] BrokerOptions sidecar_of(const BareServer& bare) const {
    BrokerOptions options =
        beside(bare, {{"STREAMS_FILE", *directory_ / "streams.yaml"}, {"RECONCILE_INTERVAL", "1"}});
    options.directory = directory_;
    return options;
  }
  static bool has(NatsClient& client, const std::string& object) {
    return client.api(object).contains("config");
  }
  static std::string ready_reason(const Broker& broker) {
    const auto reply = broker.get("/readyz");
    return reply ? reply->body : "";
  }
  /// `intervals` drift intervals pass.
  static void pass(const Broker& broker, int intervals) {
    const ListWatch watch{broker.url()};
    ASSERT_TRUE(wait_until(20s, [&] { return watch.lists() >= intervals; })) << broker.output();
  }

  std::shared_ptr<TempDir> directory_ = std::make_shared<TempDir>();
};

/// The supervisor is asked also when its server is named by its URL.
TEST_P(PauseTest, InitByTheUrlOfOurOwnServerTouchesNoPausedStreamEither) {
  Broker broker = start();
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  NatsClient client = broker.client();
  ASSERT_EQ(broker.command({"pause", "ORDERS", "--for", "1h"}).status, 0);
  client.api_ok("STREAM.DELETE.ORDERS");

  const Finished init = broker.command({"init", "--yes", "--nats-url", broker.url()});

  EXPECT_NE(init.output.find("stream ORDERS is paused until"), std::string::npos) << init.output;
  EXPECT_FALSE(has(client, "STREAM.INFO.ORDERS")) << init.output;
  EXPECT_EQ(broker.stop(), 0) << broker.output();
}

/// What was not loaded must not be made anew, by whatever way it is asked for.
TEST_P(PauseTest, InitByTheUrlOfOurOwnServerMakesNoStreamWhoseFilesLieInTheStore) {
  {
    Broker broker = start();
    ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
    EXPECT_TRUE(broker.client().publish("orders.1", "1"));
    EXPECT_EQ(broker.stop(), 0) << broker.output();
  }
  for (const char* file : {"meta.inf", "meta.sum"})
    (void)directory_->write(std::string{"store/jetstream/$G/streams/ORDERS/"} + file, "0123");
  Broker broker = start();
  ASSERT_TRUE(broker.process().wait_for_output("stream ORDERS is not loaded", 20s))
      << broker.output();

  const Finished init = broker.command({"init", "--yes", "--nats-url", broker.url()});

  EXPECT_NE(init.status, 0) << init.output;
  NatsClient client = broker.client();
  EXPECT_FALSE(has(client, "STREAM.INFO.ORDERS")) << init.output;
  EXPECT_EQ(broker.stop(), 0) << broker.output();
}

TEST_P(PauseTest, NothingTouchesAPausedStreamUntilItIsResumed) {
  Broker broker = start();
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  NatsClient client = broker.client();

  const Finished paused =
      broker.command({"pause", "ORDERS", "--for", "1h", "--reason", "night shift"});
  EXPECT_EQ(paused.status, 0) << paused.output;
  EXPECT_NE(paused.output.find("night shift"), std::string::npos) << paused.output;
  EXPECT_TRUE(broker.ready());
  const Finished health = broker.command({"health"});
  EXPECT_EQ(health.status, 0) << health.output;
  EXPECT_NE(health.output.find("warn"), std::string::npos) << health.output;
  EXPECT_NE(health.output.find("stream ORDERS is paused until"), std::string::npos)
      << health.output;
  (void)client.api_ok("STREAM.DELETE.ORDERS");
  (void)client.api_ok("STREAM.DELETE.OTHER");
  ASSERT_TRUE(wait_until(10s, [&] { return has(client, "STREAM.INFO.OTHER"); }));
  pass(broker, 3);

  EXPECT_FALSE(has(client, "STREAM.INFO.ORDERS"));
  EXPECT_FALSE(broker.ready());
  EXPECT_NE(ready_reason(broker).find("is paused until"), std::string::npos)
      << ready_reason(broker);
  const Finished init = broker.command({"init"});
  EXPECT_EQ(init.status, 0) << init.output;
  EXPECT_NE(init.output.find("stream ORDERS is paused until"), std::string::npos) << init.output;
  const Finished plan = broker.command({"plan"});
  EXPECT_EQ(plan.status, 0) << plan.output;
  EXPECT_NE(plan.output.find("ORDERS: left alone\n      it is paused until"), std::string::npos)
      << plan.output;
  EXPECT_EQ(plan.output.find("unmanaged"), std::string::npos) << plan.output;
  EXPECT_NE(broker.command({"status"}).output.find("night shift"), std::string::npos);
  EXPECT_NE(broker.command({"streams"}).output.find("stream ORDERS is paused until"),
            std::string::npos);
  EXPECT_NE(broker.command({"migrate", "ORDERS", "--dry-run"}).output.find("is paused until"),
            std::string::npos);
  EXPECT_FALSE(has(client, "STREAM.INFO.ORDERS"));

  const Finished resumed = broker.command({"resume", "ORDERS", "--json"});
  EXPECT_EQ(resumed.status, 0) << resumed.output;
  EXPECT_TRUE(broker.wait_ready(10s)) << broker.output();
  EXPECT_TRUE(has(client, "CONSUMER.INFO.ORDERS.billing"));
}

TEST_P(PauseTest, SurvivesAStartAndAReloadAndEndsByItself) {
  {
    Broker broker = start();
    ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
    NatsClient client = broker.client();
    EXPECT_EQ(broker.command({"pause", "ORDERS", "--for", "12s"}).status, 0);
    (void)client.api_ok("CONSUMER.DELETE.ORDERS.billing");
    ASSERT_EQ(broker.stop(), 0);
  }
  Broker broker = start();
  ASSERT_TRUE(broker.process().wait_for_output("stream ORDERS is paused until", 10s))
      << broker.output();
  ASSERT_TRUE(broker.process().wait_for_output("missing: consumer billing of stream ORDERS", 10s))
      << broker.output();
  (void)broker.command({"reload"});
  NatsClient client = broker.client();
  EXPECT_FALSE(has(client, "CONSUMER.INFO.ORDERS.billing"));

  EXPECT_TRUE(broker.process().wait_for_output("the pause of stream ORDERS is over", 15s))
      << broker.output();
  EXPECT_TRUE(broker.wait_ready(10s)) << broker.output();
  EXPECT_TRUE(has(client, "CONSUMER.INFO.ORDERS.billing"));
}

TEST_P(PauseTest, NothingDeclaredIsTouchedWhileTheListOfPausesCantBeRead) {
  (void)directory_->write("streams.yaml", kPausableStreams);
  std::filesystem::create_directories(*directory_ / "store");
  (void)directory_->write("store/unified-paused.json", "{\"paused\":");

  Broker broker = start();
  ASSERT_TRUE(broker.process().wait_for_output("unified-paused.json, which says", 20s))
      << broker.output();
  ASSERT_TRUE(wait_until(10s, [&] {
    return ready_reason(broker).find("may be paused") != std::string::npos;
  })) << broker.output();
  for (const char* part : {"it is not JSON", "Removing it ends every pause"})
    EXPECT_NE(broker.output().find(part), std::string::npos) << broker.output();
  EXPECT_EQ(broker.output().find("json.exception"), std::string::npos) << broker.output();
  NatsClient client = broker.client();
  EXPECT_FALSE(has(client, "STREAM.INFO.ORDERS"));
  EXPECT_NE(broker.command({"resume", "ORDERS"}).status, 0);

  std::filesystem::remove(*directory_ / "store/unified-paused.json");
  EXPECT_TRUE(broker.wait_ready(10s)) << broker.output();
}

TEST_P(PauseTest, WhatCannotBePausedIsRefused) {
  Broker broker = start();
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();

  EXPECT_EQ(broker.command({"pause", "NOBODYS"}).status, 1);
  for (const auto& [time, named] : {std::pair{"8d", "--for 8d"}, std::pair{"0", "--for 0"}}) {
    const Finished wrong = broker.command({"pause", "ORDERS", "--for", time});
    EXPECT_EQ(wrong.status, 64) << wrong.output;
    EXPECT_NE(wrong.output.find(named), std::string::npos) << wrong.output;
    EXPECT_NE(wrong.output.find("from 1s to 7d"), std::string::npos) << wrong.output;
  }
  const Finished nameless = broker.command({"pause", ""});
  EXPECT_EQ(nameless.status, 64) << nameless.output;
  EXPECT_NE(nameless.output.find("NAME"), std::string::npos) << nameless.output;
  EXPECT_EQ(broker.command({"pause"}).status, 64);
  EXPECT_EQ(broker.command({"resume", "ORDERS"}).status, 0);
}

TEST_P(PauseTest, ASidecarKeepsItInItsRunDir) {
  BareServer bare({.server = server(), .config = {}, .directory = nullptr});
  (void)directory_->write("streams.yaml", kPausableStreams);
  NatsClient client = client_of(bare);
  {
    Broker sidecar(sidecar_of(bare));
    ASSERT_TRUE(sidecar.wait_ready(20s)) << sidecar.output();
    EXPECT_EQ(sidecar.command({"pause", "ORDERS"}).status, 0);
    (void)client.api_ok("CONSUMER.DELETE.ORDERS.billing");
    ASSERT_EQ(sidecar.stop(), 0);
  }
  Broker sidecar(sidecar_of(bare));
  ASSERT_TRUE(sidecar.process().wait_for_output("missing: consumer billing of stream ORDERS", 10s))
      << sidecar.output();
  EXPECT_FALSE(has(client, "CONSUMER.INFO.ORDERS.billing"));

  EXPECT_EQ(sidecar.command({"resume", "ORDERS"}).status, 0);
  EXPECT_TRUE(sidecar.wait_ready(10s)) << sidecar.output();
}

TEST_P(PauseTest, ASidecarWhoseRunDirIsRemovedForgetsNothing) {
  namespace fs = std::filesystem;
  BareServer bare({.server = server(), .config = {}, .directory = nullptr});
  (void)directory_->write("streams.yaml", kPausableStreams);
  NatsClient client = client_of(bare);
  Broker sidecar(sidecar_of(bare));
  ASSERT_TRUE(sidecar.wait_ready(20s)) << sidecar.output();
  EXPECT_EQ(sidecar.command({"pause", "ORDERS", "--for", "1h"}).status, 0);
  (void)client.api_ok("STREAM.DELETE.ORDERS");
  const ListWatch watch{bare.url()};
  const auto pass = [&](int intervals) {
    const int lists = watch.lists() + intervals;
    EXPECT_TRUE(wait_until(20s, [&] { return watch.lists() >= lists; })) << sidecar.output();
  };

  fs::rename(*directory_ / "run", *directory_ / "aside");
  EXPECT_TRUE(wait_until(5s, [&] { return fs::exists(*directory_ / "run/unified-paused.json"); }))
      << sidecar.output();
  pass(3);
  EXPECT_FALSE(has(client, "STREAM.INFO.ORDERS"));

  // While it can't be made anew, too, and the others are not held up.
  const std::string in_the_way = directory_->write("in the way", "");
  ASSERT_EQ(::renameat2(AT_FDCWD, in_the_way.c_str(), AT_FDCWD, (*directory_ / "run").c_str(),
                        RENAME_EXCHANGE),
            0);
  pass(2);
  (void)client.api_ok("STREAM.DELETE.OTHER");
  EXPECT_TRUE(wait_until(10s, [&] { return has(client, "STREAM.INFO.OTHER"); }))
      << sidecar.output();
  EXPECT_FALSE(has(client, "STREAM.INFO.ORDERS"));
  fs::remove(*directory_ / "run");
  EXPECT_TRUE(wait_until(10s, [&] { return fs::exists(*directory_ / "run/unified-paused.json"); }))
      << sidecar.output();
  pass(2);
  EXPECT_FALSE(has(client, "STREAM.INFO.ORDERS"));

  EXPECT_EQ(sidecar.command({"resume", "ORDERS"}).status, 0);
  EXPECT_TRUE(sidecar.wait_ready(10s)) << sidecar.output();
}

TEST_P(PauseTest, TheFileThatSomebodyRemovesFromTheStoreIsWrittenAgain) {
  Broker broker = start();
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  NatsClient client = broker.client();
  EXPECT_EQ(broker.command({"pause", "ORDERS", "--for", "1h"}).status, 0);
  (void)client.api_ok("CONSUMER.DELETE.ORDERS.billing");

  std::filesystem::remove(*directory_ / "store/unified-paused.json");
  pass(broker, 3);

  EXPECT_FALSE(has(client, "CONSUMER.INFO.ORDERS.billing"));
  EXPECT_TRUE(std::filesystem::exists(*directory_ / "store/unified-paused.json"));
}

UNIFIED_ON_EVERY_SERVER(PauseTest);

}  // namespace
}  // namespace unified::test
