#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "support/bare_server.h"
#include "support/broker.h"

namespace unified::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr int kMessages = 20;

/// A changed environment on a store that holds messages, and what must come of it (DESIGN.md,
/// "Streams").
struct StoreChange {
  std::string name;
  Environment before;
  Environment after;
  std::optional<int> exit_code;   ///< refused at start; else it must become ready
  std::vector<std::string> said;  ///< in the output
  std::function<void(const nlohmann::json& config, const ServerVersion&)> check;
};

std::string eight_but_one() {
  return "orderbook-data.>,trade-data.>,funding-rate-data.>,open-interest-data.>,lsr-top-position-"
         "data.>,"
         "lsr-all-account-data.>,volatility_index-data.>";
}

std::vector<StoreChange> changes() {
  return {
      {"raised limits are applied",
       {},
       {{"STREAM_MAX_MSGS", "2000000"}, {"STREAM_MAX_AGE", "4h"}, {"STREAM_MAX_BYTES", "2GB"}},
       {},
       {},
       [](const nlohmann::json& config, const ServerVersion&) {
         EXPECT_EQ(config.at("max_msgs"), 2'000'000);
         EXPECT_EQ(config.at("max_age"), 14'400'000'000'000);
         EXPECT_EQ(config.at("max_bytes"), std::int64_t{2} * 1024 * 1024 * 1024);
       }},
      {"lowered limits that would drop messages are not",
       {},
       {{"STREAM_MAX_MSGS", "5"}},
       {},
       {"max_msgs", "RECONCILE_ALLOW"},
       [](const nlohmann::json& config, const ServerVersion&) {
         EXPECT_EQ(config.at("max_msgs"), 1'000'000);
       }},
      {"another retention is not applied",
       {},
       {{"RETENTION_POLICY", "interest"}},
       {},
       {"retention"},
       [](const nlohmann::json& config, const ServerVersion&) {
         EXPECT_EQ(config.at("retention"), "limits");
       }},
      {"another storage is not applied",
       {},
       {{"STORAGE_TYPE", "memory"}},
       {},
       {"storage"},
       [](const nlohmann::json& config, const ServerVersion&) {
         EXPECT_EQ(config.at("storage"), "file");
       }},
      {"max_consumers is applied where the server can",
       {},
       {{"STREAM_MAX_CONSUMERS", "20"}},
       {},
       {"max_consumers"},
       [](const nlohmann::json& config, const ServerVersion& version) {
         const bool can = version >= ServerVersion{2, 14, 0};
         EXPECT_EQ(config.at("max_consumers"), can ? 20 : 50);
       }},
      {"three replicas on one server are refused",
       {},
       {{"STREAM_REPLICAS", "3"}},
       78,
       {"STREAM_REPLICAS"},
       {}},
      {"a subject that is no longer declared stays",
       {},
       {{"STREAM_SUBJECTS", eight_but_one()}},
       {},
       {"liquidation-data.>"},
       [](const nlohmann::json& config, const ServerVersion&) {
         EXPECT_EQ(config.at("subjects").size(), 8U);
       }},
      {"another STREAM_NAME is refused",
       {},
       {{"STREAM_NAME", "OTHER"}},
       78,
       {"MARKET_DATA", "OTHER"},
       {}},
      {"JETSTREAM_MAX_FILE below what is reserved is refused",
       {},
       {{"JETSTREAM_MAX_FILE", "512MB"}},
       78,
       {"JETSTREAM_MAX_FILE"},
       {}},
      {"an added key is refused",
       {},
       {{"JETSTREAM_ENCRYPTION_KEY", "first-secret-key"}},
       78,
       {"JETSTREAM_ENCRYPTION_KEY"},
       {}},
      {"a removed key is refused",
       {{"JETSTREAM_ENCRYPTION_KEY", "first-secret-key"}},
       {},
       78,
       {"JETSTREAM_ENCRYPTION_KEY"},
       {}},
      {"a changed key is refused",
       {{"JETSTREAM_ENCRYPTION_KEY", "first-secret-key"}},
       {{"JETSTREAM_ENCRYPTION_KEY", "other-secret-key"}},
       78,
       {"JETSTREAM_ENCRYPTION_KEY"},
       {}},
      {"a moved store is refused",
       {},
       {{"JETSTREAM_STORE_DIR", "MOVED"}},
       78,
       {"JETSTREAM_STORE_DIR"},
       {}},
  };
}

class StoreChangeTest : public ServerTest {
 protected:
  void fill(const Environment& environment) {
    Broker broker({.server = server(), .environment = environment, .directory = directory_});
    ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
    NatsClient client = broker.client();
    for (int i = 0; i < kMessages; ++i)
      ASSERT_TRUE(client.publish("liquidation-data.x", std::to_string(i)));
    ASSERT_EQ(broker.stop(), 0);
  }

  void change(const StoreChange& wanted) {
    Environment environment = wanted.after;
    if (environment.contains("JETSTREAM_STORE_DIR"))
      environment["JETSTREAM_STORE_DIR"] = *directory_ / "elsewhere";
    Broker broker({.server = server(), .environment = environment, .directory = directory_});
    if (wanted.exit_code) {
      EXPECT_EQ(broker.wait(20s), wanted.exit_code) << broker.output();
    } else {
      ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
      NatsClient client = broker.client();
      EXPECT_EQ(client.count("MARKET_DATA"), static_cast<std::uint64_t>(kMessages));
      wanted.check(client.api_ok("STREAM.INFO.MARKET_DATA").at("config"), server().version);
      EXPECT_EQ(broker.stop(), 0);
    }
    for (const std::string& text : wanted.said)
      EXPECT_NE(broker.output().find(text), std::string::npos) << text << " is not in:\n"
                                                               << broker.output();
    EXPECT_EQ(broker.output().find("secret-key"), std::string::npos) << broker.output();
  }

  void look_again(const Environment& environment) {
    Broker broker({.server = server(), .environment = environment, .directory = directory_});
    ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
    const std::vector<StoredMessage> stored = broker.client().stored("MARKET_DATA");
    ASSERT_EQ(stored.size(), static_cast<std::size_t>(kMessages));
    for (int i = 0; i < kMessages; ++i)
      EXPECT_EQ(stored[static_cast<std::size_t>(i)].payload, std::to_string(i));
    EXPECT_EQ(broker.stop(), 0);
  }

  std::shared_ptr<TempDir> directory_;
};

TEST_P(StoreChangeTest, AfterEveryChangeTheOldEnvironmentFindsEveryMessage) {
  for (const StoreChange& wanted : changes()) {
    SCOPED_TRACE(wanted.name);
    directory_ = std::make_shared<TempDir>();
    fill(wanted.before);
    change(wanted);
    look_again(wanted.before);
  }
}

TEST_P(StoreChangeTest, ARestartKeepsRefusingAndKeepsEveryMessage) {
  directory_ = std::make_shared<TempDir>();
  fill({});
  const StoreChange lowered = changes()[1];
  change(lowered);
  change(lowered);
  look_again({});
}

TEST_P(StoreChangeTest, WhatIsAllowedIsApplied) {
  directory_ = std::make_shared<TempDir>();
  fill({});
  Broker broker({.server = server(),
                 .environment = {{"STREAM_MAX_MSGS", "5"}, {"RECONCILE_ALLOW", "lossy"}},
                 .directory = directory_});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();

  EXPECT_EQ(broker.client().count("MARKET_DATA"), 5U);
}

/// `-sd /data` of before, with the volume mounted at JETSTREAM_STORE_DIR=/data/jetstream now.
TEST_P(StoreChangeTest, AStoreThatLiesOneLevelHigherIsFound) {
  directory_ = std::make_shared<TempDir>();
  fill({});
  const fs::path store = *directory_ / "store";
  fs::rename(store / "jetstream/$G", store / "$G");
  fs::remove_all(store / "jetstream");
  fs::remove(store / "unified-nats.json");  // alone, it would not be moved by itself

  Broker broker({.server = server(), .environment = {}, .directory = directory_});

  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  EXPECT_EQ(broker.client().count("MARKET_DATA"), static_cast<std::uint64_t>(kMessages));
  EXPECT_NE(broker.output().find("nats-server moves the streams of"), std::string::npos);
}

/// nats-server would move the streams of the one out of the store of the other.
TEST_P(StoreChangeTest, AStoreInsideOrAroundThatOfARunningBrokerIsRefused) {
  directory_ = std::make_shared<TempDir>();
  const fs::path store = *directory_ / "store/jetstream";
  Broker first({.server = server(),
                .environment = {{"JETSTREAM_STORE_DIR", store.string()}},
                .directory = directory_});
  ASSERT_TRUE(first.wait_ready(20s)) << first.output();
  NatsClient client = first.client();
  for (int i = 0; i < kMessages; ++i)
    ASSERT_TRUE(client.publish("trade-data.x", std::to_string(i)));
  for (const fs::path& other : {store / "jetstream", store.parent_path()}) {
    Broker second({.server = server(),
                   .environment = {{"JETSTREAM_STORE_DIR", other.string()},
                                   {"RUN_DIR", *directory_ / "run-of-another"},
                                   {"NATS_CONFIG_FILE", *directory_ / "other.conf"},
                                   {"STOP_TIMEOUT", "1"}},
                   .directory = directory_});
    EXPECT_TRUE(second.wait(20s) == 73 || second.wait(20s) == 78) << other << second.output();
  }
  EXPECT_TRUE(client.publish("trade-data.x", "after"));
  EXPECT_EQ(client.count("MARKET_DATA"), static_cast<std::uint64_t>(kMessages + 1));
}

/// It takes no lock of ours; but it has open what it writes to.
TEST_P(StoreChangeTest, AStoreThatABareServerRunsOnIsRefused) {
  directory_ = std::make_shared<TempDir>();
  fill({});
  const BareServer bare({.server = server(), .directory = directory_});
  NatsClient client{{.url = bare.url()}};
  ASSERT_TRUE(client.publish("trade-data.x", "of the other"));

  Broker broker(
      {.server = server(),
       .environment = {{"NATS_CONFIG_FILE", *directory_ / "ours.conf"}, {"STOP_TIMEOUT", "1"}},
       .directory = directory_});

  EXPECT_EQ(broker.wait(20s), 73) << broker.output();
  EXPECT_NE(broker.output().find(".blk is open for writing"), std::string::npos) << broker.output();
}

TEST_P(StoreChangeTest, AStoreThatLiesOneLevelTooDeepIsRefusedWithTheCommandThatMendsIt) {
  directory_ = std::make_shared<TempDir>();
  fill({});
  const fs::path accounts = fs::path{*directory_ / "store"} / "jetstream";
  fs::create_directory(accounts / "jetstream");
  fs::rename(accounts / "$G", accounts / "jetstream/$G");

  Broker broker({.server = server(), .environment = {}, .directory = directory_});

  EXPECT_EQ(broker.wait(20s), 78) << broker.output();
  const std::string command = fmt::format("mv {0}/jetstream/* {0}/", accounts.string());
  ASSERT_NE(broker.output().find(command), std::string::npos) << broker.output();
  ASSERT_EQ(std::system(command.c_str()), 0);  // NOLINT(concurrency-mt-unsafe,cert-env33-c)
  look_again({});
}

UNIFIED_ON_EVERY_SERVER(StoreChangeTest);

}  // namespace
}  // namespace unified::test
