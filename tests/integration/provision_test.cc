#include <filesystem>
#include <set>

#include <gtest/gtest.h>

#include "support/broker.h"
#include "support/wait_until.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;

class ProvisionTest : public ServerTest {};

const std::set<std::string> kEightSubjects{"orderbook-data.>",        "trade-data.>",
                                           "funding-rate-data.>",     "open-interest-data.>",
                                           "lsr-top-position-data.>", "lsr-all-account-data.>",
                                           "volatility_index-data.>", "liquidation-data.>"};

TEST_P(ProvisionTest, TheDefaultStreamHasTheEightSubjectsAndTheDocumentedLimits) {
  Broker broker({.server = server()});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();

  NatsClient client = broker.client();
  const nlohmann::json config = client.api_ok("STREAM.INFO.MARKET_DATA").at("config");

  EXPECT_EQ(config.at("subjects").get<std::set<std::string>>(), kEightSubjects);
  EXPECT_EQ(config.at("max_msgs"), 1'000'000);
  EXPECT_EQ(config.at("max_bytes"), 1'073'741'824);
  EXPECT_EQ(config.at("max_age"), 7'200'000'000'000);
  EXPECT_EQ(config.at("max_consumers"), 50);
  EXPECT_EQ(config.at("duplicate_window"), 300'000'000'000);
  EXPECT_EQ(config.at("storage"), "file");
  EXPECT_EQ(config.at("retention"), "limits");
  EXPECT_EQ(config.at("discard"), "old");
  EXPECT_EQ(config.at("num_replicas"), 1);
  EXPECT_EQ(broker.stop(), 0);
}

TEST_P(ProvisionTest, ASecondStartChangesNothingAndPlanSaysSo) {
  auto directory = std::make_shared<TempDir>();
  {
    Broker first({.server = server(), .directory = directory});
    ASSERT_TRUE(first.wait_ready(20s)) << first.output();
    ASSERT_TRUE(first.client().publish("trade-data.x", "1"));
    ASSERT_EQ(first.stop(), 0);
  }
  Broker second({.server = server(), .directory = directory});
  ASSERT_TRUE(second.wait_ready(20s)) << second.output();

  const Finished plan = second.command({"plan"});

  EXPECT_EQ(plan.status, 0) << plan.output;
  EXPECT_EQ(second.client().count("MARKET_DATA"), 1U);
}

TEST_P(ProvisionTest, PlanPrintsWhatAnotherEnvironmentWouldChange) {
  Broker broker({.server = server()});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  (void)broker.directory()->write("other.env", "STREAM_MAX_MSGS=5\n");

  const Finished plan = broker.command({"plan", "--env-file", *broker.directory() / "other.env"});

  EXPECT_EQ(plan.status, 2) << plan.output;
  EXPECT_NE(plan.output.find("max_msgs"), std::string::npos) << plan.output;
}

TEST_P(ProvisionTest, WithoutJetStreamTheBrokerIsReadyAndSaysDisabled) {
  Broker broker({.server = server(), .environment = {{"JETSTREAM_ENABLED", "false"}}});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();

  const Finished health = broker.command({"health", "full"});

  EXPECT_EQ(health.status, 0) << health.output;
  EXPECT_NE(health.output.find("disabled"), std::string::npos) << health.output;
  EXPECT_EQ(broker.stop(), 0);
}

TEST_P(ProvisionTest, TokenModeProvisionsAndKeepsStrangersOut) {
  Broker broker({.server = server(),
                 .environment = {{"NATS_AUTH_ENABLED", "true"},
                                 {"NATS_AUTH_TOKEN", "a \"token\" with # and \\"}}});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();

  nats::ConnectOptions stranger;
  stranger.token = Secret{"guess"};
  stranger.max_reconnect = 0;
  EXPECT_ANY_THROW((void)broker.client(stranger));
  EXPECT_TRUE(broker.client().publish("trade-data.x", "1"));
  EXPECT_EQ(broker.output().find("with # and"), std::string::npos) << "a secret in the log";
}

TEST_P(ProvisionTest, TheOldEnvironmentFileRuns) {
  auto directory = std::make_shared<TempDir>();
  const std::string old =
      std::filesystem::absolute(UNIFIED_SOURCE_DIR "/tests/golden/old_env/.env.unified").string();
  Broker broker(
      {.server = server(), .directory = directory, .arguments = {"run", "--env-file", old}});

  EXPECT_TRUE(broker.wait_ready(20s)) << broker.output();
  EXPECT_EQ(broker.command({"validate", "--env-file", old}).status, 0);
}

TEST_P(ProvisionTest, ASecondBrokerOnTheSameStoreIsRefused) {
  auto directory = std::make_shared<TempDir>();
  Broker first({.server = server(), .directory = directory});
  ASSERT_TRUE(first.wait_ready(20s)) << first.output();

  Broker second({.server = server(),
                 .environment = {{"RUN_DIR", *directory / "other-run"}, {"STOP_TIMEOUT", "1"}},
                 .directory = directory});

  EXPECT_EQ(second.wait(20s), 73) << second.output();
  EXPECT_TRUE(first.ready());
}

TEST_P(ProvisionTest, ASecondBrokerInTheSameRunDirIsRefused) {
  auto directory = std::make_shared<TempDir>();
  Broker first({.server = server(), .directory = directory});
  ASSERT_TRUE(first.wait_ready(20s)) << first.output();

  Broker second({.server = server(), .directory = directory});

  EXPECT_EQ(second.wait(20s), 73) << second.output();
  EXPECT_TRUE(first.ready());
}

UNIFIED_ON_EVERY_SERVER(ProvisionTest);

}  // namespace
}  // namespace unified::test
