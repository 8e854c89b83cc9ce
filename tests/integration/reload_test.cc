// `reload`, HUP: what a running broker takes, on every server (facts §7).
#include <csignal>
#include <fstream>

#include <gtest/gtest.h>

#include "list_watch.h"
#include "sidecar_beside.h"
#include "support/broker.h"
#include "support/certificates.h"
#include "support/wait_until.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

class ReloadTest : public ServerTest {
 protected:
  void start(Environment environment = {}) {
    directory_ = std::make_shared<TempDir>();
    write("");
    broker_.emplace(BrokerOptions{
        .server = server(), .environment = std::move(environment), .directory = directory_});
    ASSERT_TRUE(broker_->wait_ready(20s)) << broker_->output();
  }

  /// The whole .env.
  void write(const std::string& text) { std::ofstream{*directory_ / ".env"} << text; }

  Finished reload(const std::vector<std::string>& more = {}) {
    std::vector<std::string> line{"reload"};
    line.insert(line.end(), more.begin(), more.end());
    return broker_->command(line, 60s);
  }

  json varz() {
    const auto reply = broker_->monitor("/varz");
    return reply ? json::parse(reply->body, nullptr, false) : json{};
  }

  std::string load_time() { return varz().value("config_load_time", ""); }

  json status() {
    const auto reply = broker_->get("/status");
    return reply ? json::parse(reply->body, nullptr, false) : json{};
  }

  std::size_t hang_ups() {
    std::size_t count = 0;
    const std::string output = broker_->output();
    for (std::size_t at = output.find("Reloaded server configuration"); at != std::string::npos;
         at = output.find("Reloaded server configuration", at + 1))
      ++count;
    return count;
  }

  /// Lines of the log that say what a look at the streams has shown of max_msgs.
  std::size_t told_of_max_msgs() {
    return times(broker_->output(), "MARKET_DATA: not applied: max_msgs");
  }

  std::shared_ptr<TempDir> directory_;
  std::optional<Broker> broker_;
};

/// One line added to .env a step, never taken back: the server confirms each.
TEST_P(ReloadTest, EveryReloadableVariableIsTakenByTheRunningServer) {
  start();
  const pid_t server = broker_->server_pid();
  const std::vector<std::string> steps{
      "NATS_CLIENT_ADVERTISE=127.0.0.1:" + std::to_string(broker_->port()),
      "NATS_MAX_CONNECTIONS=500",
      "NATS_MAX_CONTROL_LINE=8192",
      "NATS_MAX_PAYLOAD=2MB",
      "NATS_WRITE_DEADLINE=5s",
      "NATS_PING_INTERVAL=1m",
      "NATS_PING_MAX=3",
      "NATS_LOG_TIME=false",
      "NATS_DEBUG=true",
      "NATS_TRACE=true\nNATS_DEBUG=false",
      "NATS_TRACE=false\nNATS_AUTH_ENABLED=true\nNATS_AUTH_USERNAME=u\nNATS_AUTH_PASSWORD=first-"
      "one",
      "NATS_AUTH_PASSWORD=second-one",
      "NATS_AUTH_USERNAME=\nNATS_AUTH_PASSWORD=\nNATS_AUTH_TOKEN=a-long-token",
      "NATS_AUTH_TOKEN=another-long-token",
  };
  std::string env;
  for (const std::string& step : steps) {
    SCOPED_TRACE(step);
    env += step + "\n";
    write(env);
    const std::string before = load_time();
    const Finished done = reload();
    EXPECT_EQ(done.status, 0) << done.output;
    EXPECT_NE(done.output.find("reloaded"), std::string::npos) << done.output;
    EXPECT_NE(load_time(), before);
    EXPECT_TRUE(broker_->wait_ready(10s)) << broker_->output();
  }
  EXPECT_EQ(broker_->server_pid(), server);
  EXPECT_EQ(varz().value("max_payload", 0), 2 * 1024 * 1024);
  for (const char* secret : {"first-one", "second-one", "another-long-token"})
    EXPECT_EQ(broker_->output().find(secret), std::string::npos);
  nats::ConnectOptions options;
  options.token = Secret{"another-long-token"};
  EXPECT_TRUE(broker_->client(options).publish("trade-data.x", "after it all"));
}

TEST_P(ReloadTest, TlsIsSwitchedOnWhileItRuns) {
  start();
  const CertificatePair ca =
      make_certificate(*directory_, "ca", {.common_name = "CA", .issuer = {}, .authority = true});
  const CertificatePair pair =
      make_certificate(*directory_, "server", {.names = {"IP:127.0.0.1"}, .issuer = ca});
  write("NATS_TLS_ENABLED=true\nNATS_TLS_CERT=" + pair.cert + "\nNATS_TLS_KEY=" + pair.key +
        "\nNATS_TLS_CA=" + ca.cert + "\n");
  const Finished done = reload();
  EXPECT_EQ(done.status, 0) << done.output;
  EXPECT_TRUE(broker_->wait_ready(15s)) << broker_->output();
}

TEST_P(ReloadTest, WhatHasNotChangedIsNoSignal) {
  start();
  const std::string before = load_time();
  const Finished done = reload();
  EXPECT_EQ(done.status, 0) << done.output;
  EXPECT_NE(done.output.find("nothing has changed"), std::string::npos) << done.output;
  EXPECT_EQ(load_time(), before);
}

TEST_P(ReloadTest, AWrongConfigurationTouchesNothing) {
  start();
  const std::string before = load_time();
  write("NATS_MAX_PAYLOAD=2MB\nNATS_PING_MAX=many\n");
  const Finished done = reload();
  EXPECT_EQ(done.status, 78) << done.output;
  EXPECT_NE(done.output.find(".env:2"), std::string::npos) << done.output;
  EXPECT_NE(done.output.find("NATS_PING_MAX"), std::string::npos) << done.output;
  EXPECT_EQ(load_time(), before);
  EXPECT_TRUE(broker_->ready());
}

TEST_P(ReloadTest, AChangeThatNeedsARestartIsNamedAndOnlyDoneWhenAllowed) {
  start();
  ASSERT_TRUE(broker_->client().publish("trade-data.x", "kept"));
  const pid_t supervisor = broker_->process().pid();
  write("NATS_MAX_PAYLOAD=2MB\nJETSTREAM_MAX_FILE=5GB\n");
  const std::string before = load_time();
  const Finished refused = reload();
  EXPECT_EQ(refused.status, 1) << refused.output;
  EXPECT_NE(refused.output.find("JETSTREAM_MAX_FILE"), std::string::npos) << refused.output;
  EXPECT_EQ(load_time(), before);

  const Finished allowed = reload({"--allow-restart"});
  EXPECT_EQ(allowed.status, 0) << allowed.output << broker_->output();
  EXPECT_EQ(varz()["jetstream"]["config"].value("max_storage", std::int64_t{0}),
            std::int64_t{5} * 1024 * 1024 * 1024);
  EXPECT_EQ(broker_->process().pid(), supervisor);
  EXPECT_EQ(broker_->client().count("MARKET_DATA"), 1U);
  EXPECT_EQ(broker_->stop(), 0) << broker_->output();
}

TEST_P(ReloadTest, StreamsAreReconciledWithoutASignal) {
  start();
  const std::string before = load_time();
  write(
      "STREAM_MAX_MSGS=2000000\n"
      "STREAM_SUBJECTS=orderbook-data.>,trade-data.>,funding-rate-data.>,open-interest-data.>,"
      "lsr-top-position-data.>,lsr-all-account-data.>,volatility_index-data.>,liquidation-data.>,"
      "news.>\n");
  ASSERT_TRUE(broker_->client().publish("trade-data.x", "kept"));
  const Finished done = reload();
  EXPECT_EQ(done.status, 0) << done.output;
  EXPECT_EQ(load_time(), before);
  EXPECT_TRUE(broker_->client().publish("news.today", "stored")) << broker_->output();
  EXPECT_EQ(broker_->client().count("MARKET_DATA"), 2U);
}

/// What is counted in the refusal has changed, the refusal has not.
TEST_P(ReloadTest, ARefusalOfBeforeIsNotTakenForANewOneBecauseMessagesCame) {
  start({{"RECONCILE_INTERVAL", "1"}});
  NatsClient client = broker_->client();
  for (int number = 0; number < 20; ++number)
    ASSERT_TRUE(client.publish("trade-data.x", "before"));
  write("STREAM_MAX_MSGS=10\n");
  const Finished refused = reload();
  ASSERT_EQ(refused.status, 1) << refused.output;
  ASSERT_NE(refused.output.find("at stake: 10 of 20 messages"), std::string::npos)
      << refused.output;
  ASSERT_TRUE(wait_until(10s, [&] { return told_of_max_msgs() > 0; })) << broker_->output();
  const std::size_t told = told_of_max_msgs();
  const ListWatch watch{broker_->url()};
  for (int looks = 1; looks <= 3; ++looks) {
    ASSERT_TRUE(client.publish("trade-data.x", "meanwhile"));
    ASSERT_TRUE(wait_until(20s, [&] { return watch.lists() >= looks; })) << broker_->output();
  }
  EXPECT_EQ(told_of_max_msgs(), told) << broker_->output();

  write("STREAM_MAX_MSGS=10\nSTREAM_MAX_AGE=7201\n");
  const Finished done = reload();

  EXPECT_EQ(done.status, 0) << done.output;
  EXPECT_EQ(done.output.find("max_msgs"), std::string::npos) << done.output;
}

TEST_P(ReloadTest, WhatTheStreamsDoNotTakeIsNamed) {
  start();
  ASSERT_TRUE(broker_->client().publish("trade-data.x", "kept"));
  write("STORAGE_TYPE=memory\n");
  const Finished done = reload();
  EXPECT_EQ(done.status, 1) << done.output;
  EXPECT_NE(done.output.find("storage"), std::string::npos) << done.output;
  EXPECT_NE(done.output.find("reloaded, but for"), std::string::npos) << done.output;
  EXPECT_EQ(broker_->client().count("MARKET_DATA"), 1U);
}

TEST_P(ReloadTest, FiftyRequestsInASecondAreTwoSignalsAndTheLastConfigurationWins) {
  start();
  for (int i = 0; i < 50; ++i) {
    write("NATS_MAX_PAYLOAD=" + std::to_string(1'100'000 + i) + "\n");
    broker_->process().send(SIGHUP);
    wait_until(15ms, [] { return false; });
  }
  EXPECT_TRUE(wait_until(10s, [&] { return varz().value("max_payload", 0) == 1'100'049; }))
      << broker_->output();
  EXPECT_LE(hang_ups(), 3U);  // two in the second that they take; a slow machine needs longer
}

TEST_P(ReloadTest, AHangUpDuringTheStartWaitsUntilTheServerIsReady) {
  directory_ = std::make_shared<TempDir>();
  write("");
  broker_.emplace(BrokerOptions{.server = server(), .environment = {}, .directory = directory_});
  ASSERT_TRUE(wait_until(10s, [&] { return broker_->server_pid() > 0; })) << broker_->output();
  write("NATS_MAX_PAYLOAD=2MB\n");
  broker_->process().send(SIGHUP);
  ASSERT_TRUE(broker_->wait_ready(20s)) << broker_->output();
  EXPECT_TRUE(wait_until(10s, [&] { return varz().value("max_payload", 0) == 2 * 1024 * 1024; }))
      << broker_->output();
  EXPECT_EQ(status().value("restarts", 1), 0);
}

UNIFIED_ON_EVERY_SERVER(ReloadTest);

}  // namespace
}  // namespace unified::test
