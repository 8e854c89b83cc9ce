#include <csignal>
#include <filesystem>

#include <gtest/gtest.h>

#include "support/broker.h"
#include "support/entrypoint.h"
#include "support/wait_until.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

class HealthTest : public ServerTest {};

bool quick(const Broker& broker) {
  return broker.command({"health", "quick"}).status == 0;
}

TEST_P(HealthTest, QuickIsHealthyOnlyOnceEveryDeclaredSubjectIsBound) {
  Broker broker({.server = server()});
  // Asked all the time from the first moment on: a "healthy" must never come before the stream has
  // all its subjects.
  const bool healthy = wait_until(20s, [&] { return quick(broker); });

  ASSERT_TRUE(healthy) << broker.output();
  NatsClient client = broker.client();
  const nlohmann::json info = client.api_ok("STREAM.INFO.MARKET_DATA");
  EXPECT_EQ(info.at("config").at("subjects").size(), 8U);
  for (const auto& subject : info.at("config").at("subjects"))
    EXPECT_TRUE(client.publish(
        subject.get<std::string>().substr(0, subject.get<std::string>().size() - 1) + "x", "1"));
}

TEST_P(HealthTest, AStreamThatIsNoLongerDeclaredIsLeftAloneAndCountsNotForReadiness) {
  auto directory = std::make_shared<TempDir>();
  const std::string manifest = directory->write(
      "one.yaml", "streams:\n  - name: OTHER\n    subjects: [liquidation-data.>]\n");
  {
    Broker first(
        {.server = server(), .environment = {{"STREAMS_FILE", manifest}}, .directory = directory});
    ASSERT_TRUE(first.wait_ready(20s)) << first.output();
    ASSERT_TRUE(first.client().publish("liquidation-data.x", "1"));
    ASSERT_EQ(first.stop(), 0);
  }
  const std::string both =
      directory->write("both.yaml", "streams:\n  - name: NEW\n    subjects: [a.>]\n");
  Broker second(
      {.server = server(), .environment = {{"STREAMS_FILE", both}}, .directory = directory});
  ASSERT_TRUE(second.wait_ready(20s)) << second.output();

  EXPECT_TRUE(quick(second));
  EXPECT_EQ(second.client().count("OTHER"), 1U) << "an unmanaged stream was touched";
}

TEST_P(HealthTest, QuickIsUnhealthyWithinSixSecondsOfAHungServerAndRecovers) {
  Broker broker({.server = server()});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  const pid_t server = broker.server_pid();
  ::kill(server, SIGSTOP);
  const auto begun = std::chrono::steady_clock::now();

  const bool noticed = wait_until(7s, [&] { return !quick(broker); });

  EXPECT_TRUE(noticed);
  EXPECT_LE(std::chrono::steady_clock::now() - begun, 6500ms);
  ::kill(server, SIGCONT);
  EXPECT_TRUE(wait_until(15s, [&] { return quick(broker); })) << broker.output();
}

TEST_P(HealthTest, QuickIsUnhealthyWithinSixSecondsOfADeletedStream) {
  Broker broker({.server = server(), .environment = {{"RECONCILE_INTERVAL", "8"}}});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  (void)broker.client().api_ok("STREAM.DELETE.MARKET_DATA");

  EXPECT_TRUE(wait_until(6s, [&] { return !quick(broker); })) << broker.output();
  EXPECT_TRUE(wait_until(20s, [&] { return quick(broker); }))
      << "drift repair did not bring it back\n"
      << broker.output();
}

/// nats-server goes on as if nothing had happened: its files are open.
TEST_P(HealthTest, QuickIsUnhealthyOnceTheFilesOfAStreamAreGone) {
  Broker broker({.server = server()});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  ASSERT_TRUE(broker.client().publish("trade-data.x", "1"));
  fs::remove_all(fs::path{broker.environment().at("JETSTREAM_STORE_DIR")} / "jetstream/$G/streams");

  EXPECT_TRUE(wait_until(6s, [&] { return !quick(broker); }));

  EXPECT_EQ(broker.command({"health", "storage"}).status, 1);
  EXPECT_TRUE(broker.process().wait_for_output("not ready any more: the files of MARKET_DATA", 5s))
      << broker.output();
  EXPECT_EQ(broker.stop(), 0);
  Broker second({.server = server(), .directory = broker.directory()});
  EXPECT_TRUE(second.wait_ready(20s)) << second.output();
  EXPECT_NE(second.output().find("stream MARKET_DATA was in"), std::string::npos)
      << second.output();
}

TEST_P(HealthTest, QuickIsUnhealthyOnceTheStoreIsGone) {
  Broker broker({.server = server()});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  const fs::path store = broker.environment().at("JETSTREAM_STORE_DIR");
  fs::rename(store, store.string() + ".away");

  EXPECT_TRUE(wait_until(6s, [&] { return !quick(broker); }));

  fs::rename(store.string() + ".away", store);
  EXPECT_TRUE(wait_until(6s, [&] { return quick(broker); })) << broker.output();
  EXPECT_TRUE(broker.process().wait_for_output("ready again", 5s)) << broker.output();
}

TEST_P(HealthTest, FullNamesEveryCheck) {
  Broker broker({.server = server()});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();

  const Finished full = broker.command({"health", "full", "--json"});

  EXPECT_EQ(full.status, 0) << full.output;
  const auto body = nlohmann::json::parse(full.output);
  std::vector<std::string> names;
  for (const auto& check : body.at("checks"))
    names.push_back(check.at("name"));
  EXPECT_EQ(names, (std::vector<std::string>{"connectivity", "http", "jetstream", "stream",
                                             "datatypes", "storage", "supervisor"}));
}

TEST_P(HealthTest, WithoutASupervisorQuickFailsAndStatusSaysStopped) {
  TempDir empty;
  const Environment environment{{"RUN_DIR", empty / "run"}};

  EXPECT_EQ(run({.command = {entrypoint(), "health", "quick"},
                 .environment = environment,
                 .directory = empty.path()})
                .status,
            1);
  EXPECT_EQ(run({.command = {entrypoint(), "status"},
                 .environment = environment,
                 .directory = empty.path()})
                .status,
            3);
}

UNIFIED_ON_EVERY_SERVER(HealthTest);

class HealthLoadTest : public NewestServerTest {};

TEST_F(HealthLoadTest, AThousandCallsLeaveNoZombieAndNoMemory) {
  Broker broker({.server = server()});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  for (int i = 0; i < 100; ++i)
    ASSERT_TRUE(quick(broker));
  const std::size_t before = broker.process().resident_bytes();

  for (int i = 0; i < 1000; ++i)
    ASSERT_TRUE(quick(broker));

  EXPECT_EQ(broker.process().zombies(), 0U);
  EXPECT_LE(broker.process().resident_bytes(), before + 1024 * 1024);
}

}  // namespace
}  // namespace unified::test
