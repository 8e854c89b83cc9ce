// Verbs that meet: several at once, one while another is under way, a supervisor that can't be
// asked.
#include <csignal>
#include <filesystem>
#include <future>
#include <set>

#include <gtest/gtest.h>

#include "support/broker.h"
#include "support/unix_client.h"
#include "support/wait_until.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;

class VerbsAtOnceTest : public ServerTest {};

TEST_P(VerbsAtOnceTest, AStopRightAfterARestartWins) {
  Broker broker({.server = server()});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  ASSERT_EQ(broker.command({"restart", "--no-wait"}).status, 0);
  EXPECT_EQ(broker.command({"stop"}, 60s).status, 0) << broker.output();
  EXPECT_EQ(broker.wait(5s), 0) << broker.output();
}

TEST_P(VerbsAtOnceTest, SeveralStopsAtOnceAreOneInOrder) {
  Broker broker({.server = server()});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  std::vector<std::future<Finished>> stops;
  for (int i = 0; i < 4; ++i)
    stops.push_back(
        std::async(std::launch::async, [&broker] { return broker.command({"stop"}, 60s); }));
  for (std::future<Finished>& stop : stops)
    EXPECT_EQ(stop.get().status, 0) << broker.output();
  EXPECT_EQ(broker.wait(5s), 0) << "a second stop is no kill: " << broker.output();
}

TEST_P(VerbsAtOnceTest, NobodyFindsItGoneWhileItRestarts) {
  Broker broker({.server = server()});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  const pid_t supervisor = broker.pid();
  auto restart = std::async(std::launch::async, [&] { return broker.command({"restart"}, 60s); });
  std::set<int> states;
  std::set<int> cleans;
  std::set<int> second;
  while (restart.wait_for(0s) != std::future_status::ready) {
    states.insert(broker.command({"status"}).status);
    cleans.insert(broker.command({"clean"}).status);
    second.insert(broker.command({"run"}).status);
  }
  EXPECT_EQ(restart.get().status, 0) << broker.output();
  EXPECT_EQ(cleans, std::set<int>{73}) << broker.output();
  EXPECT_EQ(second, std::set<int>{73}) << broker.output();
  for (const int state : states)  // 3: nats-server is down for a moment, and status says so
    EXPECT_TRUE(state == 0 || state == 3) << state;
  EXPECT_EQ(broker.pid(), supervisor);
  EXPECT_EQ(broker.stop(), 0) << broker.output();
}

TEST_P(VerbsAtOnceTest, SeveralRestartsAndReloadsAtOnceAllSucceed) {
  Broker broker({.server = server()});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  std::vector<std::future<Finished>> commands;
  for (const char* verb : {"restart", "reload", "restart", "reload", "restart"})
    commands.push_back(
        std::async(std::launch::async, [&broker, verb] { return broker.command({verb}, 60s); }));
  for (std::future<Finished>& command : commands) {
    const Finished finished = command.get();
    EXPECT_EQ(finished.status, 0) << finished.output << broker.output();
  }
  EXPECT_EQ(broker.stop(), 0) << broker.output();
}

/// Which life of the supervisor runs, by what /status says of it.
std::int64_t life_of(const Broker& broker) {
  const auto reply = broker.get("/status");
  const auto status = reply ? nlohmann::json::parse(reply->body, nullptr, false) : nlohmann::json{};
  return status.is_object() ? status.value("started_unix_ms", std::int64_t{0}) : 0;
}

/// The whole answer.
std::string restart_of(const Broker& broker, std::int64_t life) {
  const UnixClient client{broker.socket()};
  client.send("POST /restart?of=" + std::to_string(life) +
              " HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  return client.read(30s).text;
}

/// One that was cut by another one's restart is sent again: what it asked for has been done.
TEST_P(VerbsAtOnceTest, ARestartThatIsAboutALifeThatHasEndedBeginsNothingAnew) {
  Broker broker({.server = server()});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  const std::int64_t first = life_of(broker);
  ASSERT_EQ(broker.command({"restart"}, 60s).status, 0) << broker.output();
  const std::int64_t second = life_of(broker);
  ASSERT_NE(second, first);

  const std::string again = restart_of(broker, first);

  EXPECT_NE(again.find(" 202 "), std::string::npos) << again;
  EXPECT_NE(again.find(std::to_string(first)), std::string::npos) << again;
  EXPECT_FALSE(wait_until(1s, [&] { return life_of(broker) != second; })) << broker.output();
  const std::string meant = restart_of(broker, second);
  EXPECT_NE(meant.find(" 202 "), std::string::npos) << meant;
  EXPECT_TRUE(wait_until(20s, [&] {
    const std::int64_t now = life_of(broker);
    return now != 0 && now != second;
  })) << broker.output();
  EXPECT_TRUE(broker.wait_ready(20s)) << broker.output();
  EXPECT_EQ(broker.stop(), 0) << broker.output();
}

TEST_P(VerbsAtOnceTest, AfterTwoRestartsAtOnceTheServerThatBothToldOfStays) {
  Broker broker({.server = server()});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  constexpr int kRounds = 4;
  for (int round = 0; round < kRounds && !HasFailure(); ++round) {
    const std::int64_t before = life_of(broker);
    std::vector<std::future<Finished>> both;
    for (int i = 0; i < 2; ++i)
      both.push_back(
          std::async(std::launch::async, [&broker] { return broker.command({"restart"}, 60s); }));
    for (std::future<Finished>& one : both) {
      const Finished finished = one.get();
      EXPECT_EQ(finished.status, 0) << finished.output << broker.output();
    }
    const std::int64_t after = life_of(broker);
    EXPECT_NE(after, before);
    EXPECT_TRUE(broker.ready()) << broker.output();
    EXPECT_FALSE(wait_until(300ms, [&] { return life_of(broker) != after; })) << broker.output();
  }
  EXPECT_EQ(broker.stop(), 0) << broker.output();
}

TEST_P(VerbsAtOnceTest, AStartDuringAStopSaysSoAtOnce) {
  Broker broker({.server = server()});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  auto stop = std::async(std::launch::async, [&] { return broker.command({"stop"}, 60s); });
  ASSERT_TRUE(broker.process().wait_for_output("asked to stop", 10s)) << broker.output();
  const Finished start = broker.command({"start", "--timeout", "60s"}, 90s);
  // Neither waits for what never comes: the one that was asked is gone, or another one has begun.
  EXPECT_TRUE(start.status == 73 || start.status == 0) << start.status << start.output;
  EXPECT_EQ(stop.get().status, 0) << broker.output();
  EXPECT_EQ(broker.wait(10s), 0) << broker.output();
  EXPECT_EQ(broker.command({"stop"}, 60s).status, 0);
}

TEST_P(VerbsAtOnceTest, WhatWasAskedInVainOfAFrozenSupervisorIsNotDoneLater) {
  Broker broker({.server = server()});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  ASSERT_TRUE(freeze(broker.pid()));
  const Finished stop = broker.command({"stop", "--timeout", "1s"}, 20s);
  EXPECT_EQ(stop.status, 69) << stop.output;
  EXPECT_NE(stop.output.find(std::to_string(broker.pid())), std::string::npos) << stop.output;
  broker.send(SIGCONT);
  EXPECT_TRUE(broker.wait_ready(20s)) << broker.output();
  EXPECT_EQ(broker.command({"status"}).status, 0) << broker.output();
  EXPECT_EQ(broker.stop(), 0) << broker.output();
}

TEST_P(VerbsAtOnceTest, AStopOfABrokerWhoseSocketWasRemovedStopsItAllTheSame) {
  Broker broker({.server = server()});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  std::filesystem::remove(broker.socket());
  const Finished stop = broker.command({"stop"}, 20s);
  EXPECT_EQ(stop.status, 0) << stop.output;
  EXPECT_EQ(stop.output, "stopped\n");
  EXPECT_EQ(broker.wait(1s), 0) << broker.output();
}

UNIFIED_ON_EVERY_SERVER(VerbsAtOnceTest);

}  // namespace
}  // namespace unified::test
