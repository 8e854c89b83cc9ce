// Declared consumers that nats-server deletes by itself when nobody uses them.
#include <memory>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "list_watch.h"
#include "support/broker.h"
#include "support/wait_until.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;

constexpr const char* kOwnThreshold = R"(
streams:
  - name: ORDERS
    subjects: [orders.>]
    consumers:
      - {name: worker, inactive_threshold: 1s}
      - {name: audit}
)";

constexpr const char* kThresholdOfTheStream = R"(
streams:
  - name: ORDERS
    subjects: [orders.>]
    consumer_limits: {inactive_threshold: 1s}
    consumers:
      - {name: worker}
)";

class ExpiringConsumerTest : public ServerTest {
 protected:
  Broker start(const std::string& manifest) {
    (void)directory_->write("streams.yaml", manifest);
    return Broker{{.server = server(),
                   .environment = {{"STREAMS_FILE", *directory_ / "streams.yaml"},
                                   {"RECONCILE_INTERVAL", "1"}},
                   .directory = directory_}};
  }
  static bool has_worker(NatsClient& client) {
    return client.api("CONSUMER.INFO.ORDERS.worker").contains("config");
  }
  /// Ready, and without the consumer, for `intervals` drift intervals.
  static void expect_ready_without_it(Broker& broker, NatsClient& client, int intervals) {
    ASSERT_TRUE(wait_until(10s, [&] { return !has_worker(client); })) << broker.output();
    const ListWatch watch{broker.url()};
    bool ready = true;
    bool absent = true;
    EXPECT_TRUE(wait_until(20s, [&] {
      ready = ready && broker.ready();
      absent = absent && !has_worker(client);
      return !ready || !absent || watch.lists() >= intervals;
    })) << broker.output();
    EXPECT_TRUE(ready) << broker.output();
    EXPECT_TRUE(absent) << broker.output();
    EXPECT_EQ(broker.output().find("was missing and was created"), std::string::npos)
        << broker.output();
  }

  std::shared_ptr<TempDir> directory_ = std::make_shared<TempDir>();
};

TEST_P(ExpiringConsumerTest, ItsAbsenceIsNoFaultAndTheNextStartMakesItAgain) {
  {
    Broker broker = start(kOwnThreshold);
    ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
    NatsClient client = broker.client();
    expect_ready_without_it(broker, client, 4);

    EXPECT_EQ(broker.command({"verify"}).status, 0) << broker.command({"verify"}).output;
    EXPECT_EQ(broker.command({"health"}).status, 0) << broker.command({"health"}).output;
    const Finished remote = broker.command({"health", "--server", broker.url()});
    EXPECT_EQ(remote.status, 0) << remote.output;
    ASSERT_EQ(broker.stop(), 0);
  }
  Broker broker = start(kOwnThreshold);

  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  EXPECT_TRUE(broker.process().wait_for_output("created consumer worker of stream ORDERS", 1s))
      << broker.output();
}

TEST_P(ExpiringConsumerTest, InitAndReloadMakeItWhenItIsMissing) {
  Broker broker = start(kOwnThreshold);
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  NatsClient client = broker.client();
  ASSERT_TRUE(wait_until(10s, [&] { return !has_worker(client); }));

  const Finished init = broker.command({"init"});
  EXPECT_EQ(init.status, 0) << init.output;
  EXPECT_NE(init.output.find("created consumer worker of stream ORDERS"), std::string::npos)
      << init.output;

  ASSERT_TRUE(wait_until(10s, [&] { return !has_worker(client); }));
  (void)directory_->write("streams.yaml", std::string{kOwnThreshold} + "      - {name: third}\n");
  EXPECT_EQ(broker.command({"reload"}).status, 0) << broker.output();
  EXPECT_TRUE(wait_until(10s, [&] {
    return broker.output().rfind("created consumer worker of stream ORDERS") !=
           broker.output().find("created consumer worker of stream ORDERS");
  })) << broker.output();
}

TEST_P(ExpiringConsumerTest, TheLimitOfItsStreamCountsLikeItsOwn) {
  if (server().version < ServerVersion{2, 10, 0})
    GTEST_SKIP() << "nats-server before 2.10 has no consumer_limits";
  Broker broker = start(kThresholdOfTheStream);
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  NatsClient client = broker.client();

  expect_ready_without_it(broker, client, 3);
}

TEST_P(ExpiringConsumerTest, OneThatWentWithItsStreamComesWithItAgain) {
  Broker broker = start(kOwnThreshold);
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  NatsClient client = broker.client();

  (void)client.api_ok("STREAM.DELETE.ORDERS");

  EXPECT_TRUE(broker.process().wait_for_output(
      "consumer worker of stream ORDERS was missing and was created", 10s))
      << broker.output();
  EXPECT_TRUE(broker.wait_ready(10s)) << broker.output();
}

TEST_P(ExpiringConsumerTest, AnyOtherConsumerIsStillMissedAtOnce) {
  Broker broker = start(kOwnThreshold);
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  NatsClient client = broker.client();

  (void)client.api_ok("CONSUMER.DELETE.ORDERS.audit");

  EXPECT_TRUE(broker.process().wait_for_output(
      "consumer audit of stream ORDERS was missing and was created", 10s))
      << broker.output();
}

UNIFIED_ON_EVERY_SERVER(ExpiringConsumerTest);

}  // namespace
}  // namespace unified::test
