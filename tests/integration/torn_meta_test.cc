// nats-server ended while it wrote a changed configuration of ours.
#include <signal.h>

#include <filesystem>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/broker.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr const char* kFirst = R"(
streams:
  - name: ORDERS
    subjects: [orders.>]
    max_msgs: 1000
    consumers:
      - {name: billing}
)";
constexpr const char* kThen = R"(
streams:
  - name: ORDERS
    subjects: [orders.>]
    max_msgs: 2000
    consumers:
      - {name: billing}
)";
constexpr int kStoredBefore = 300;

class TornMetaTest : public ServerTest {
 protected:
  Broker start(const char* declared) {
    (void)directory_->write("streams.yaml", declared);
    return Broker{{.server = server(),
                   .environment = {{"STREAMS_FILE", *directory_ / "streams.yaml"},
                                   {"JETSTREAM_STORE_DIR", *directory_ / "store"}},
                   .directory = directory_}};
  }

  /// A stream with messages, of a broker that has stopped.
  void fill() {
    Broker broker = start(kFirst);
    ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
    NatsClient client = broker.client();
    for (int i = 0; i < kStoredBefore; ++i)
      ASSERT_TRUE(client.publish("orders.x", std::to_string(i)));
    ASSERT_EQ(broker.stop(), 0) << broker.output();
  }

  /// What lies in the store from the request to its answer (app/kept_meta.h), and what a kill in
  /// between leaves of the file that is written last.
  void cut_off(const std::string& below) const {
    const fs::path folder = fs::path{*directory_ / "store/jetstream/$G/streams/ORDERS"} / below;
    const fs::path copy =
        fs::path{*directory_ / "store/unified-meta/changing/$G/streams/ORDERS"} / below;
    fs::create_directories(copy);
    for (const char* name : {"meta.inf", "meta.sum"})
      fs::copy_file(folder / name, copy / name);
    fs::resize_file(folder / "meta.sum", 0);
  }

  std::shared_ptr<TempDir> directory_ = std::make_shared<TempDir>();
};

TEST_P(TornMetaTest, TheStreamIsLoadedWithWhatItWasBeforeAndThenChanged) {
  fill();
  cut_off("");

  Broker broker = start(kThen);

  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  NatsClient client = broker.client();
  EXPECT_EQ(client.count("ORDERS"), static_cast<std::uint64_t>(kStoredBefore)) << broker.output();
  EXPECT_EQ(client.api_ok("STREAM.INFO.ORDERS")["config"]["max_msgs"], 2000);
  EXPECT_TRUE(broker.process().wait_for_output("was put back", 5s)) << broker.output();
  EXPECT_EQ(broker.output().find("never finished"), std::string::npos) << broker.output();
  EXPECT_FALSE(fs::exists(*directory_ / "store/unified-meta/changing/$G/streams/ORDERS/meta.sum"));
}

TEST_P(TornMetaTest, AConsumerGoesOnWhereItWas) {
  fill();
  cut_off("obs/billing");

  Broker broker = start(kFirst);

  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  const nlohmann::json consumer = broker.client().api_ok("CONSUMER.INFO.ORDERS.billing");
  EXPECT_EQ(consumer["num_pending"], kStoredBefore) << consumer;
  EXPECT_EQ(broker.output().find("created consumer"), std::string::npos) << broker.output();
}

/// Of the server alone: we are there all the while.
TEST_P(TornMetaTest, AlsoTheServersNextStartHasIt) {
  Broker broker = start(kFirst);
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  NatsClient client = broker.client();
  ASSERT_TRUE(client.publish("orders.x", "stored"));
  cut_off("");
  ::kill(broker.server_pid(), SIGKILL);

  EXPECT_TRUE(broker.process().wait_for_output("was put back", 20s)) << broker.output();
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  EXPECT_EQ(broker.client().count("ORDERS"), 1U);
}

UNIFIED_ON_EVERY_SERVER(TornMetaTest);

}  // namespace
}  // namespace unified::test
