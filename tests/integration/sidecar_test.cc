// AUTO_START_NATS=false: our program beside a nats-server that somebody else runs.
#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "sidecar_beside.h"
#include "support/bare_server.h"
#include "support/broker.h"
#include "support/wait_until.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr const char* kLogin = "authorization { user: me, password: \"right-password\" }";

class SidecarTest : public ServerTest {};

TEST_P(SidecarTest, MakesTheStreamsOfAnothersServerAndTouchesNothingHere) {
  BareServer bare({.server = server(), .config = {}, .directory = nullptr});
  Broker sidecar(beside(bare));
  ASSERT_TRUE(sidecar.wait_ready(20s)) << sidecar.output();
  EXPECT_TRUE(sidecar.process().wait_for_output("ready: " + bare.url(), 5s)) << sidecar.output();
  NatsClient client = client_of(bare);
  EXPECT_TRUE(client.publish("trade-data.x", "stored"));

  EXPECT_EQ(sidecar.command({"health", "quick"}).status, 0);
  const Finished full = sidecar.command({"health"});
  EXPECT_EQ(full.status, 0) << full.output;
  EXPECT_EQ(full.output.find("supervisor"), std::string::npos) << full.output;
  EXPECT_NE(full.output.find("storage"), std::string::npos) << full.output;
  EXPECT_EQ(sidecar.command({"health", "supervisor"}).status, 64);
  EXPECT_EQ(sidecar.command({"wait", "ready", "--timeout", "5"}).status, 0);
  EXPECT_EQ(sidecar.command({"plan"}).status, 0) << sidecar.command({"plan"}).output;
  EXPECT_EQ(sidecar.command({"streams"}).status, 0) << sidecar.command({"streams"}).output;
  EXPECT_EQ(sidecar.command({"status"}).status, 0);
  EXPECT_EQ(sidecar.command({"logs"}).status, 0);

  const json state = status(sidecar);
  EXPECT_EQ(state.value("mode", ""), "sidecar");
  EXPECT_EQ(state.value("phase", ""), "running");
  EXPECT_EQ(state.value("client_url", ""), bare.url());
  EXPECT_EQ(state.value("server_version", ""), to_text(server().version));
  EXPECT_FALSE(state.contains("server_pid"));
  EXPECT_EQ(sidecar.server_pid(), 0);
  for (const char* ours : {"nats.conf", "store", "nats.log", "store.lock"})
    EXPECT_FALSE(std::filesystem::exists(*sidecar.directory() / ours)) << ours;
  EXPECT_EQ(sidecar.stop(), 0) << sidecar.output();
  EXPECT_TRUE(bare.process().running());
}

TEST_P(SidecarTest, WaitsForAServerThatIsNotThereYetAndTellsItOnce) {
  auto directory = std::make_shared<TempDir>();
  std::optional<BareServer> bare;
  bare.emplace(BareServerOptions{.server = server(), .config = {}, .directory = directory});
  kill(bare->process().pid(), SIGKILL);
  ASSERT_TRUE(bare->process().wait(5s));
  Broker sidecar(beside(*bare));
  ASSERT_TRUE(sidecar.process().wait_for_output("waiting for ", 10s)) << sidecar.output();
  const auto live = sidecar.get("/livez");
  ASSERT_TRUE(live);
  EXPECT_EQ(live->status, 200);
  const auto ready = sidecar.get("/readyz");
  ASSERT_TRUE(ready);
  EXPECT_EQ(ready->status, 503);
  EXPECT_NE(ready->body.find("waiting for the server of NATS_URL: " + bare->url()),
            std::string::npos)
      << ready->body;
  const Finished quick = sidecar.command({"health", "quick"});
  EXPECT_EQ(quick.status, 1);
  // Several tries fit into this: 100 ms, doubling.
  EXPECT_FALSE(sidecar.wait_ready(1500ms));
  EXPECT_EQ(times(sidecar.output(), "waiting for "), 1U) << sidecar.output();

  bare->restart();
  EXPECT_TRUE(sidecar.wait_ready(20s)) << sidecar.output();
  EXPECT_EQ(sidecar.command({"health", "quick"}).status, 0);
}

TEST_P(SidecarTest, AServerThatIsKilledAndComesBackIsReconciledAnewAndLosesNothing) {
  BareServer bare({.server = server(), .config = {}, .directory = nullptr});
  Broker sidecar(beside(bare));
  ASSERT_TRUE(sidecar.wait_ready(20s)) << sidecar.output();
  {
    NatsClient client = client_of(bare);
    for (int i = 0; i < 20; ++i)
      ASSERT_TRUE(client.publish("trade-data.x", std::to_string(i)));
  }
  kill(bare.process().pid(), SIGKILL);
  ASSERT_TRUE(sidecar.process().wait_for_output("lost " + bare.url(), 10s)) << sidecar.output();
  EXPECT_FALSE(sidecar.ready());
  EXPECT_EQ(sidecar.get("/livez")->status, 200);
  EXPECT_EQ(sidecar.command({"health", "quick"}).status, 1);

  bare.restart();
  ASSERT_TRUE(sidecar.wait_ready(20s)) << sidecar.output();
  EXPECT_TRUE(wait_until(5s, [&] { return times(sidecar.output(), "ready: nats://") == 2; }))
      << sidecar.output();
  NatsClient client = client_of(bare);
  EXPECT_EQ(client.count("MARKET_DATA"), 20U);

  client.api_ok("STREAM.DELETE.MARKET_DATA");
  EXPECT_TRUE(wait_until(5s, [&] { return !sidecar.ready(); })) << sidecar.output();
}

TEST_P(SidecarTest, DriftIsRepairedAtTheInterval) {
  BareServer bare({.server = server(), .config = {}, .directory = nullptr});
  Broker sidecar(beside(bare, {{"RECONCILE_INTERVAL", "2"}}));
  ASSERT_TRUE(sidecar.wait_ready(20s)) << sidecar.output();
  NatsClient client = client_of(bare);
  client.api_ok("STREAM.DELETE.MARKET_DATA");
  EXPECT_TRUE(wait_until(10s, [&] {
    return client.api("STREAM.INFO.MARKET_DATA").contains("config");
  })) << sidecar.output();
  EXPECT_TRUE(sidecar.wait_ready(10s)) << sidecar.output();
}

TEST_P(SidecarTest, AWrongPasswordIsToldOnceWithoutItAndStaysUnhealthy) {
  BareServer bare({.server = server(), .config = kLogin, .directory = nullptr});
  const std::string at = "@127.0.0.1:" + std::to_string(bare.port());
  Broker sidecar(beside(bare, {{"NATS_URL", "nats://me:wrong-password" + at}}));
  ASSERT_TRUE(sidecar.process().wait_for_output("waiting for ", 10s)) << sidecar.output();
  EXPECT_NE(sidecar.output().find("refuses the login"), std::string::npos) << sidecar.output();
  EXPECT_FALSE(sidecar.wait_ready(1500ms));
  EXPECT_EQ(times(sidecar.output(), "waiting for "), 1U) << sidecar.output();
  const Finished quick = sidecar.command({"health", "quick"});
  EXPECT_EQ(quick.status, 1);
  const std::string said = sidecar.output() + quick.output + status(sidecar).dump() +
                           sidecar.command({"status"}).output + sidecar.command({"health"}).output;
  EXPECT_EQ(said.find("wrong-password"), std::string::npos) << said;
  EXPECT_EQ(sidecar.stop(2s), 0) << sidecar.output();
}

TEST_P(SidecarTest, TheRightPasswordStaysSecretToo) {
  BareServer bare({.server = server(), .config = kLogin, .directory = nullptr});
  const std::string at = "@127.0.0.1:" + std::to_string(bare.port());
  Broker sidecar(beside(bare, {{"NATS_URL", "nats://me:right-password" + at}}));
  ASSERT_TRUE(sidecar.wait_ready(20s)) << sidecar.output();
  const std::string said =
      sidecar.output() + status(sidecar).dump() + sidecar.command({"health"}).output;
  EXPECT_EQ(said.find("right-password"), std::string::npos) << said;
  EXPECT_EQ(sidecar.command({"plan"}).status, 0);
}

TEST_P(SidecarTest, VerbsActOnTheSidecarAndSayWhatIsNotForIt) {
  auto directory = std::make_shared<TempDir>();
  BareServer bare({.server = server(), .config = {}, .directory = nullptr});
  BrokerOptions options = beside(bare);
  options.directory = directory;
  Broker sidecar(std::move(options));
  ASSERT_TRUE(sidecar.wait_ready(20s)) << sidecar.output();

  const Finished stay = sidecar.command({"stop", "--stay"});
  EXPECT_EQ(stay.status, 1) << stay.output;
  EXPECT_NE(stay.output.find("sidecar"), std::string::npos) << stay.output;
  sidecar.send(SIGUSR2);
  EXPECT_TRUE(sidecar.process().wait_for_output("SIGUSR2", 5s)) << sidecar.output();
  EXPECT_TRUE(sidecar.ready());

  const Finished same = sidecar.command({"reload"});
  EXPECT_EQ(same.status, 0) << same.output;
  std::ofstream{*directory / ".env"} << "STREAM_MAX_MSGS=2000000\n";
  sidecar.send(SIGHUP);
  EXPECT_TRUE(sidecar.process().wait_for_output("reload: applied", 5s)) << sidecar.output();
  NatsClient client = client_of(bare);
  EXPECT_TRUE(wait_until(10s, [&] {
    return client.api("STREAM.INFO.MARKET_DATA")["config"].value("max_msgs", 0) == 2'000'000;
  })) << sidecar.output();
  std::ofstream{*directory / ".env"} << "HEALTH_CHECK_INTERVAL=7\n";
  const Finished fixed = sidecar.command({"reload"});
  EXPECT_EQ(fixed.status, 1) << fixed.output;
  EXPECT_NE(fixed.output.find("HEALTH_CHECK_INTERVAL"), std::string::npos) << fixed.output;
  std::ofstream{*directory / ".env"} << "STREAM_MAX_AGE=soon\n";
  EXPECT_EQ(sidecar.command({"restart"}).status, 78);
  EXPECT_TRUE(sidecar.ready());
  std::ofstream{*directory / ".env"} << "\n";

  const pid_t before = sidecar.pid();
  const Finished restarted = sidecar.command({"restart"}, 30s);
  EXPECT_EQ(restarted.status, 0) << restarted.output << sidecar.output();
  EXPECT_EQ(status(sidecar).value("pid", 0), before);
  EXPECT_TRUE(bare.process().running());

  EXPECT_EQ(sidecar.command({"stop"}).status, 0);
  EXPECT_EQ(sidecar.wait(2s), 0) << sidecar.output();
  EXPECT_TRUE(bare.process().running());
}

TEST_P(SidecarTest, AChangedManifestIsTakenByItselfWhereThatIsWanted) {
  BareServer bare({.server = server(), .config = {}, .directory = nullptr});
  auto directory = std::make_shared<TempDir>();
  BrokerOptions options = beside(bare, {{"RELOAD_ON_CHANGE", "true"}});
  options.directory = directory;
  Broker sidecar(std::move(options));
  ASSERT_TRUE(sidecar.wait_ready(20s)) << sidecar.output();
  std::ofstream{*directory / ".env"} << "STREAM_SUBJECTS=trade-data.>,more.>\n";
  EXPECT_TRUE(wait_until(20s, [&] { return client_of(bare).publish("more.x", "1").ok(); }))
      << sidecar.output();
}

UNIFIED_ON_EVERY_SERVER(SidecarTest);

TEST(SidecarStartTest, ATermWhileItConnectsEndsItAtOnce) {
  const FreePort nobody;
  Broker sidecar(beside(nobody.number(), nobody.number()));
  ASSERT_TRUE(sidecar.process().wait_for_output("sidecar of", 10s)) << sidecar.output();
  EXPECT_EQ(sidecar.stop(2s), 0) << sidecar.output();
}

TEST(SidecarStartTest, WithoutAUrlItIsAWrongConfiguration) {
  const FreePort nobody;
  Broker sidecar(beside(nobody.number(), nobody.number(), {{"NATS_URL", ""}}));
  EXPECT_EQ(sidecar.wait(10s), 78);
  EXPECT_NE(sidecar.output().find("NATS_URL"), std::string::npos) << sidecar.output();
  EXPECT_EQ(sidecar.command({"validate"}).status, 78);
}

TEST(SidecarStartTest, ValidateNeedsNoServerAndArgumentsForOneAreRefused) {
  const FreePort nobody;
  BrokerOptions options = beside(nobody.number(), nobody.number());
  options.arguments = {"run", "--", "--profile", "6060"};
  Broker sidecar(std::move(options));
  EXPECT_EQ(sidecar.wait(10s), 64) << sidecar.output();
  const Finished valid = sidecar.command({"validate"});
  EXPECT_EQ(valid.status, 0) << valid.output;
}

}  // namespace
}  // namespace unified::test
