// Consumers, KV buckets and object stores beside streams in one manifest.
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "support/broker.h"
#include "support/wait_until.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;

constexpr const char* kEverything = R"(
streams:
  - {name: COPY, mirror: ORDERS}
  - name: ORDERS
    subjects: [orders.>]
    consumers:
      - {name: billing, filter_subject: orders.eu.>, ack_wait: 60, max_deliver: 5}
      - {name: audit}
consumers:
  - {stream: COPY, name: reader, deliver_policy: new}
kv:
  - {bucket: config, history: 5, ttl: 1h}
object_stores:
  - {bucket: files}
---
apiVersion: jetstream.nats.io/v1beta2
kind: Stream
metadata: {name: jobs}
spec: {name: JOBS, subjects: [jobs.>], storage: file, retention: workqueue}
---
{"stream_name": "JOBS", "durable_name": "worker", "ack_policy": "explicit", "ack_wait": 5000000000}
)";

class ObjectsTest : public ServerTest {
 public:
  Broker start(const std::string& manifest, Environment environment = {}) {
    declare(manifest);
    environment["STREAMS_FILE"] = *directory_ / "streams.yaml";
    return Broker{{.server = server(), .environment = environment, .directory = directory_}};
  }
  void declare(const std::string& manifest) { (void)directory_->write("streams.yaml", manifest); }
  static std::string hash(const Broker& broker) {
    const std::string output = broker.command({"plan", "--json"}).output;  // warnings come first
    return nlohmann::json::parse(output.substr(output.find('{'))).at("hash");
  }
  static nlohmann::json consumer(NatsClient& client, const std::string& path) {
    return client.api("CONSUMER.INFO." + path);
  }
  static void publish(NatsClient& client, const std::string& subject, int count) {
    for (int i = 0; i < count; ++i)
      ASSERT_TRUE(client.publish(subject, std::to_string(i)));
  }
  [[nodiscard]] std::filesystem::path find_folder(const std::string& name) const {
    for (const auto& entry : std::filesystem::recursive_directory_iterator{directory_->path()})
      if (entry.is_directory() && entry.path().filename() == name)
        return entry.path();
    return {};
  }

 protected:
  std::shared_ptr<TempDir> directory_ = std::make_shared<TempDir>();
};

TEST_P(ObjectsTest, ReadyMeansThatEveryDeclaredObjectIsThere) {
  {
    Broker first = start(kEverything);
    ASSERT_TRUE(first.wait_ready(20s)) << first.output();
    NatsClient client = first.client();
    EXPECT_EQ(consumer(client, "ORDERS.billing")["config"]["ack_wait"], 60'000'000'000);
    EXPECT_EQ(consumer(client, "ORDERS.billing")["config"]["filter_subject"], "orders.eu.>");
    EXPECT_EQ(consumer(client, "ORDERS.audit")["config"]["ack_policy"], "explicit");
    EXPECT_EQ(consumer(client, "COPY.reader")["config"]["deliver_policy"], "new");
    EXPECT_EQ(consumer(client, "JOBS.worker")["config"]["ack_wait"], 5'000'000'000);
    EXPECT_EQ(client.api_ok("STREAM.INFO.KV_config")["config"]["max_msgs_per_subject"], 5);
    EXPECT_EQ(client.api_ok("STREAM.INFO.OBJ_files")["config"]["allow_rollup_hdrs"], true);
    EXPECT_EQ(first.command({"plan"}).status, 0) << first.command({"plan"}).output;
    ASSERT_EQ(first.stop(), 0);
  }
  Broker second = start(kEverything);
  ASSERT_TRUE(second.wait_ready(20s)) << second.output();

  EXPECT_EQ(second.command({"plan"}).status, 0) << second.command({"plan"}).output;
  EXPECT_EQ(second.command({"init"}).status, 0) << second.command({"init"}).output;
}

TEST_P(ObjectsTest, ADeletedConsumerIsMissedAtOnceAndMadeAnew) {
  Broker broker = start(kEverything, {{"RECONCILE_INTERVAL", "1"}});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  NatsClient client = broker.client();

  (void)client.api_ok("CONSUMER.DELETE.ORDERS.audit");

  EXPECT_TRUE(wait_until(10s, [&] {
    return broker.ready() && consumer(client, "ORDERS.audit").contains("config");
  })) << broker.output();
  EXPECT_TRUE(broker.process().wait_for_output(
      "consumer audit of stream ORDERS was missing and was created", 10s))
      << broker.output();
}

TEST_P(ObjectsTest, AConsumerThatSomebodyMakesAgainIsSeenAtOnce) {
  Broker broker = start(kEverything);
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  NatsClient client = broker.client();
  (void)client.api_ok("CONSUMER.DELETE.ORDERS.audit");
  ASSERT_TRUE(wait_until(10s, [&] { return !broker.ready(); }));

  EXPECT_EQ(broker.command({"init"}).status, 0);
  EXPECT_TRUE(broker.wait_ready(5s)) << broker.output();

  (void)client.api_ok("CONSUMER.DELETE.ORDERS.audit");
  ASSERT_TRUE(wait_until(10s, [&] { return !broker.ready(); }));
  (void)client.api_ok(
      "CONSUMER.DURABLE.CREATE.ORDERS.audit",
      {{"stream_name", "ORDERS"}, {"config", {{"durable_name", "audit"}, {"ack_policy", "none"}}}});
  EXPECT_TRUE(broker.wait_ready(5s)) << broker.output();
}

TEST_P(ObjectsTest, AConsumerThatTheServerRefusesKeepsTheBrokerFromBeingReady) {
  const std::string stream = "streams: [{name: A, subjects: [a.>], max_consumers: 1}]\n";
  {
    Broker before = start(stream);
    ASSERT_TRUE(before.wait_ready(20s)) << before.output();
    NatsClient client = before.client();
    (void)client.api_ok(
        "CONSUMER.DURABLE.CREATE.A.x",
        {{"stream_name", "A"}, {"config", {{"durable_name", "x"}, {"ack_policy", "explicit"}}}});
    ASSERT_EQ(before.stop(), 0);
  }
  Broker broker = start(stream + "consumers: [{stream: A, name: c}]\n");

  EXPECT_TRUE(wait_until(20s, [&] {
    return broker.output().find("missing: consumer c of stream A") != std::string::npos;
  })) << broker.output();

  EXPECT_FALSE(broker.ready());
  const Finished health = broker.command({"health", "full"});
  EXPECT_EQ(health.status, 1);
  EXPECT_NE(health.output.find("consumer c of stream A"), std::string::npos) << health.output;
  EXPECT_NE(broker.output().find("max_consumers is reached"), std::string::npos);
}

TEST_P(ObjectsTest, AChangedConsumerIsUpdatedAndKeepsItsPosition) {
  Broker broker = start(kEverything);
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  NatsClient client = broker.client();
  publish(client, "orders.eu.x", 5);

  declare(
      "streams: [{name: ORDERS, subjects: [orders.>], consumers: [{name: billing, "
      "filter_subject: orders.eu.>, ack_wait: 90, max_deliver: 7, description: d}]}]");
  const Finished init = broker.command({"init"});

  EXPECT_EQ(init.status, 0) << init.output;
  const nlohmann::json info = consumer(client, "ORDERS.billing");
  EXPECT_EQ(info["config"]["ack_wait"], 90'000'000'000);
  EXPECT_EQ(info["config"]["max_deliver"], 7);
  EXPECT_EQ(info["num_pending"], 5);
}

TEST_P(ObjectsTest, WhatOnlyANewConsumerCanHaveNeedsRecreateAndNeverHappensOnInterest) {
  const auto manifest = [](const std::string& policy) {
    return fmt::format(
        "streams:\n"
        "  - {{name: L, subjects: [l.>], consumers: [{{name: c, replay_policy: {0}}}]}}\n"
        "  - {{name: I, subjects: [i.>], retention: interest, consumers: [{{name: c, "
        "replay_policy: {0}}}]}}\n",
        policy);
  };
  Broker broker = start(manifest("instant"));
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  NatsClient client = broker.client();
  publish(client, "i.x", 3);
  declare(manifest("original"));

  EXPECT_EQ(broker.command({"init"}).status, 2);
  EXPECT_EQ(consumer(client, "L.c")["config"]["replay_policy"], "instant");
  (void)directory_->write("allow.env", "RECONCILE_ALLOW=recreate\n");
  const Finished init = broker.command({"init", "--env-file", *directory_ / "allow.env"});

  EXPECT_EQ(init.status, 2) << init.output;
  EXPECT_EQ(consumer(client, "L.c")["config"]["replay_policy"], "original") << init.output;
  EXPECT_EQ(consumer(client, "I.c")["config"]["replay_policy"], "instant");
  EXPECT_EQ(client.count("I"), 3U);
}

TEST_P(ObjectsTest, InitWithAPlanAppliesExactlyThatOneOrNothing) {
  Broker broker = start("streams: [{name: A, subjects: [a.>], max_msgs: 100}]");
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  NatsClient client = broker.client();
  declare("streams: [{name: A, subjects: [a.>], max_msgs: 200}, {name: B, subjects: [b.>]}]");
  const std::string planned = hash(broker);

  const Finished other = broker.command({"init", "--plan", "0123456789abcdef"});
  EXPECT_EQ(other.status, 1) << other.output;
  EXPECT_NE(other.output.find(planned), std::string::npos) << other.output;
  EXPECT_EQ(client.api_ok("STREAM.INFO.A")["config"]["max_msgs"], 100);
  EXPECT_TRUE(client.api("STREAM.INFO.B").contains("error"));

  const Finished this_one = broker.command({"init", "--plan", planned});
  EXPECT_EQ(this_one.status, 0) << this_one.output;
  EXPECT_EQ(client.api_ok("STREAM.INFO.A")["config"]["max_msgs"], 200);
  EXPECT_TRUE(client.api("STREAM.INFO.B").contains("config"));
  EXPECT_EQ(broker.command({"init", "--plan", planned}).status, 1) << "it was applied already";
}

TEST_P(ObjectsTest, TheObjectsOwnAllowNarrowsWhatIsAllowed) {
  const auto manifest = [](int most) {
    return fmt::format(
        "streams:\n"
        "  - {{name: A, subjects: [a.>], max_msgs: {0}}}\n"
        "  - {{name: B, subjects: [b.>], max_msgs: {0}, allow: []}}\n",
        most);
  };
  Broker broker = start(manifest(10));
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  NatsClient client = broker.client();
  publish(client, "a.x", 5);
  publish(client, "b.x", 5);
  declare(manifest(2));
  (void)directory_->write("allow.env", "RECONCILE_ALLOW=lossy\n");

  const Finished init = broker.command({"init", "--env-file", *directory_ / "allow.env"});

  EXPECT_EQ(init.status, 2) << init.output;
  EXPECT_EQ(client.count("A"), 2U);
  EXPECT_EQ(client.count("B"), 5U);
  EXPECT_NE(init.output.find("allow"), std::string::npos) << init.output;
}

TEST_P(ObjectsTest, AConsumerThatCouldNotBeLoadedIsCreatedOverItsFolderForGood) {
  const std::string manifest = "streams: [{name: A, subjects: [a.>], consumers: [{name: c}]}]";
  std::string meta;
  {
    Broker broker = start(manifest);
    ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
    NatsClient client = broker.client();
    publish(client, "a.x", 3);
    meta = find_folder("obs") / "c" / "meta.inf";
    ASSERT_EQ(broker.stop(), 0);
  }
  std::ofstream{meta, std::ios::trunc} << "{";
  for (int life = 0; life < 2; ++life) {
    Broker broker = start(manifest);
    ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
    NatsClient client = broker.client();
    EXPECT_EQ(consumer(client, "A.c")["num_pending"], 3) << broker.output();
    EXPECT_EQ(broker.output().find("created consumer c") != std::string::npos, life == 0)
        << broker.output();
    ASSERT_EQ(broker.stop(), 0);
  }
}

UNIFIED_ON_EVERY_SERVER(ObjectsTest);

}  // namespace
}  // namespace unified::test
