// What takes a broker out of service, and what is only told: the table of two verdicts in
// the README, a test a row. A store that refuses writes: store_refuses_test.cc.
#include <csignal>

#include <gtest/gtest.h>

#include "support/broker.h"
#include "support/cut_connections.h"
#include "support/silent_client.h"
#include "support/wait_until.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;

class TwoVerdictsTest : public ServerTest {
 protected:
  /// With one declared stream, S, which has the subjects s.> and these fields.
  std::unique_ptr<Broker> broker_with(const std::string& fields, Environment environment = {}) {
    auto directory = std::make_shared<TempDir>();
    environment["STREAMS_FILE"] =
        directory->write("s.yaml", "streams:\n  - name: S\n    subjects: [s.>]\n" + fields);
    return std::make_unique<Broker>(BrokerOptions{
        .server = server(), .environment = std::move(environment), .directory = directory});
  }
};

void update(NatsClient& client, const nlohmann::json& changes) {
  nlohmann::json config = client.api_ok("STREAM.INFO.S").at("config");
  config.update(changes);
  (void)client.api_ok("STREAM.UPDATE.S", config);
}

void expect_not_ready(const Broker& broker, const std::string& words) {
  EXPECT_TRUE(wait_until(5s, [&] { return !broker.ready(); })) << broker.output();
  EXPECT_EQ(broker.command({"health", "quick"}).status, 1);
  for (const std::string command : {"status", "health", "streams"})
    EXPECT_NE(broker.command({command}).output.find(words), std::string::npos)
        << broker.command({command}).output;
  EXPECT_EQ(broker.command({"health", "full"}).status, 1);
}

/// The check of that name fails, and whoever connects is still let in.
void expect_told_and_ready(const Broker& broker,
                           const std::string& check,
                           const std::string& words) {
  const Finished told = broker.command({"health", check});
  EXPECT_EQ(told.status, 1) << told.output;
  EXPECT_NE(told.output.find(words), std::string::npos) << told.output;
  const Finished status = broker.command({"status"});
  EXPECT_NE(status.output.find(words), std::string::npos) << status.output;
  EXPECT_EQ(broker.command({"health", "full"}).status, 1);
  EXPECT_EQ(broker.command({"health", "quick"}).status, 0);
  EXPECT_TRUE(broker.ready());
}

/// The answer to the first that is not stored.
std::string publish_until_refused(NatsClient& client, std::size_t size) {
  for (int i = 0; i < 1000; ++i)
    if (const auto ack = client.publish("s.x", std::string(size, 'x')); !ack)
      return ack.error().message;
  return "every message was stored";
}

TEST_P(TwoVerdictsTest, ASealedStreamThatWasNotDeclaredSoIsNotReady) {
  const auto broker = broker_with("");
  ASSERT_TRUE(broker->wait_ready(20s)) << broker->output();
  NatsClient client = broker->client();

  update(client, {{"sealed", true}});

  EXPECT_FALSE(client.publish("s.x", "1"));
  expect_not_ready(*broker, "stream S is sealed");
}

TEST_P(TwoVerdictsTest, AStreamThatAcknowledgesNothingThoughDeclaredOtherwiseIsNotReady) {
  const auto broker = broker_with("");
  ASSERT_TRUE(broker->wait_ready(20s)) << broker->output();
  NatsClient client = broker->client();

  update(client, {{"no_ack", true}});

  expect_not_ready(*broker, "stream S acknowledges nothing");
  update(client, {{"no_ack", false}});
  EXPECT_TRUE(wait_until(5s, [&] { return broker->ready(); })) << broker->output();
}

TEST_P(TwoVerdictsTest, AStreamThatIsDeclaredWithoutAcksIsReady) {
  const auto broker = broker_with("    no_ack: true\n");

  EXPECT_TRUE(broker->wait_ready(20s)) << broker->output();
}

TEST_P(TwoVerdictsTest, ASealedStreamIsNeverSaidToBeReadyAtAStart) {
  const auto broker = broker_with("");
  ASSERT_TRUE(broker->wait_ready(20s)) << broker->output();
  NatsClient client = broker->client();
  update(client, {{"sealed", true}});
  ASSERT_EQ(broker->stop(), 0);
  Broker second({.server = server(),
                 .environment = {{"STREAMS_FILE", broker->environment().at("STREAMS_FILE")}},
                 .directory = broker->directory()});

  EXPECT_TRUE(second.process().wait_for_output("not ready: stream S is sealed", 20s))
      << second.output();

  EXPECT_FALSE(second.ready());
  EXPECT_EQ(second.output().find("accepts clients"), std::string::npos) << second.output();
}

TEST_P(TwoVerdictsTest, AFullStreamThatDiscardsNewMessagesIsToldAndReady) {
  const auto broker = broker_with("    max_msgs: 20\n    discard: new\n");
  ASSERT_TRUE(broker->wait_ready(20s)) << broker->output();
  NatsClient client = broker->client();
  for (int i = 0; i < 18; ++i)
    ASSERT_TRUE(client.publish("s.x", "1"));
  const Finished early = broker->command({"health", "stream"});
  EXPECT_EQ(early.status, 0) << early.output;
  EXPECT_NE(early.output.find("18 of 20 messages"), std::string::npos) << early.output;

  EXPECT_NE(publish_until_refused(client, 1).find("maximum messages"), std::string::npos);

  expect_told_and_ready(*broker, "stream", "20 of 20 messages (max_msgs) of stream S");
  const Finished streams = broker->command({"streams"});
  EXPECT_EQ(streams.status, 1);
  EXPECT_NE(streams.output.find("refuses new messages"), std::string::npos) << streams.output;
}

TEST_P(TwoVerdictsTest, SpentFilesOfJetStreamAreToldAndReady) {
  const auto broker = broker_with("", {{"JETSTREAM_MAX_FILE", "2MB"}});
  ASSERT_TRUE(broker->wait_ready(20s)) << broker->output();
  NatsClient client = broker->client();

  EXPECT_NE(publish_until_refused(client, 100'000).find("insufficient resources"),
            std::string::npos);

  expect_told_and_ready(*broker, "storage", "(JETSTREAM_MAX_FILE) are used");
}

TEST_P(TwoVerdictsTest, SpentMemoryOfJetStreamIsToldAndReady) {
  const auto broker = broker_with("    storage: memory\n", {{"JETSTREAM_MAX_MEMORY", "2MB"}});
  ASSERT_TRUE(broker->wait_ready(20s)) << broker->output();
  NatsClient client = broker->client();

  EXPECT_NE(publish_until_refused(client, 100'000).find("insufficient resources"),
            std::string::npos);

  expect_told_and_ready(*broker, "storage", "(JETSTREAM_MAX_MEMORY) are used");
}

TEST_P(TwoVerdictsTest, SocketsThatNeverLogInUseUpTheConnectionsAndDoNotEndTheService) {
  const auto broker = broker_with("", {{"NATS_MAX_CONNECTIONS", "6"}});
  ASSERT_TRUE(broker->wait_ready(20s)) << broker->output();

  std::vector<SilentClient> silent;
  for (int i = 0; i < 5; ++i)
    silent.emplace_back(broker->port());
  EXPECT_TRUE(wait_until(5s, [&] {
    const auto varz = broker->monitor("/varz");
    return varz && nlohmann::json::parse(varz->body).at("connections") == 6;
  }));

  expect_told_and_ready(*broker, "connectivity", "6 of 6 connections (NATS_MAX_CONNECTIONS)");
}

TEST_P(TwoVerdictsTest, WhoeverIsConnectedIsServedThoughThereIsNoConnectionLeftForUs) {
  const auto broker = broker_with("", {{"NATS_MAX_CONNECTIONS", "6"}});
  ASSERT_TRUE(broker->wait_ready(20s)) << broker->output();
  NatsClient client = broker->client();
  std::vector<SilentClient> silent;
  for (int i = 0; i < 4; ++i)
    silent.emplace_back(broker->port());
  const auto connections = [&] {
    const auto varz = broker->monitor("/varz");
    return varz ? nlohmann::json::parse(varz->body).at("connections").get<int>() : -1;
  };
  ASSERT_TRUE(wait_until(5s, [&] { return connections() == 6; }));

  // While ours is stopped somebody else takes its place.
  ASSERT_EQ(::kill(broker->pid(), SIGSTOP), 0);
  const bool cut = cut_connections(broker->pid(), broker->port());
  const bool noticed = wait_until(5s, [&] { return connections() == 5; });
  silent.emplace_back(broker->port());
  const bool taken = wait_until(5s, [&] { return connections() == 6; });
  ASSERT_EQ(::kill(broker->pid(), SIGCONT), 0);
  if (!cut)
    GTEST_SKIP() << "the connections of another process can't be cut (pidfd_getfd)";
  ASSERT_TRUE(noticed && taken);
  ASSERT_TRUE(broker->process().wait_for_output("cannot connect", 20s)) << broker->output();

  EXPECT_TRUE(client.publish("s.x", "1")) << "served";
  EXPECT_TRUE(wait_until(5s, [&] { return broker->ready(); })) << broker->output();
  const Finished told = broker->command({"health", "connectivity"});
  EXPECT_EQ(told.status, 1) << told.output;
  EXPECT_NE(told.output.find("6 of 6 connections (NATS_MAX_CONNECTIONS)"), std::string::npos)
      << told.output;
  silent.clear();  // spent for 10 s more
  EXPECT_TRUE(wait_until(20s, [&] {
    return broker->command({"health", "connectivity"}).status == 0;
  })) << broker->output();
}

UNIFIED_ON_EVERY_SERVER(TwoVerdictsTest);

}  // namespace
}  // namespace unified::test
