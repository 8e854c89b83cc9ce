// A sidecar whose server hangs, comes back without a stream, or gives way to another one.
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "sidecar_beside.h"
#include "support/wait_until.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;

class SidecarFaultsTest : public ServerTest {};

TEST_P(SidecarFaultsTest, AServerThatHangsIsNotReadyAndAConnectThatHangsEndsWithTerm) {
  BareServer bare({.server = server(), .config = {}, .directory = nullptr});
  Broker sidecar(beside(bare));
  ASSERT_TRUE(sidecar.wait_ready(20s)) << sidecar.output();
  ASSERT_TRUE(freeze(bare.process().pid()));
  // An answer may be a second old.
  EXPECT_TRUE(wait_until(20s, [&] { return sidecar.command({"health", "quick"}).status == 1; }));
  Broker late(beside(bare));  // it is let in by the kernel, and gets no greeting
  EXPECT_TRUE(late.process().wait_for_output("sidecar of", 10s)) << late.output();
  EXPECT_FALSE(late.wait_ready(300ms));
  EXPECT_EQ(late.stop(2s), 0) << late.output();
  bare.process().send(SIGCONT);
  EXPECT_TRUE(sidecar.wait_ready(10s)) << sidecar.output();
}

TEST_P(SidecarFaultsTest, AFullStreamStaysToldWhileConsumersDrainWhatPublishersFill) {
  auto directory = std::make_shared<TempDir>();
  BareServer bare({.server = server(), .config = {}, .directory = nullptr});
  const std::string streams = directory->write(
      "s.yaml", "streams:\n  - {name: S, subjects: [s.>], max_msgs: 100, discard: new}\n");
  Broker sidecar(beside(bare, {{"STREAMS_FILE", streams}}));
  ASSERT_TRUE(sidecar.wait_ready(20s)) << sidecar.output();
  NatsClient client = client_of(bare);
  for (int message = 0; message < 100; ++message)
    ASSERT_TRUE(client.publish("s.x", "1"));
  const Finished full = sidecar.command({"health", "stream"});
  EXPECT_EQ(full.status, 1) << full.output;

  (void)client.api_ok("STREAM.PURGE.S", {{"keep", 97}});

  const Finished drained = sidecar.command({"health", "stream"});
  EXPECT_EQ(drained.status, 1) << "it flickers: " << drained.output;
}

TEST_P(SidecarFaultsTest, AStreamThatTheServerCouldNotLoadIsNotMadeAnew) {
  auto directory = std::make_shared<TempDir>();
  BareServer bare({.server = server(), .config = {}, .directory = directory});
  Broker sidecar(beside(bare));
  ASSERT_TRUE(sidecar.wait_ready(20s)) << sidecar.output();
  ASSERT_TRUE(client_of(bare).publish("trade-data.x", "kept"));
  std::filesystem::path meta;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory->path()))
    if (entry.path().filename() == "meta.inf")
      meta = entry.path();
  ASSERT_FALSE(meta.empty());
  std::ofstream{meta} << "damaged";
  bare.restart();

  EXPECT_TRUE(sidecar.process().wait_for_output("had it before", 20s)) << sidecar.output();
  EXPECT_EQ(sidecar.command({"health", "quick"}).status, 1);
  // Nor by one that has begun anew.
  EXPECT_EQ(sidecar.command({"restart", "--no-wait"}).status, 0);
  EXPECT_TRUE(wait_until(20s, [&] { return times(sidecar.output(), "had it before") == 2; }))
      << sidecar.output();
  std::ifstream damaged{meta};
  EXPECT_EQ((std::string{std::istreambuf_iterator<char>{damaged}, {}}), "damaged");
}

TEST_P(SidecarFaultsTest, AStreamThatWasDeletedIsMadeAnewAlsoAfterARestartOfTheServer) {
  BareServer bare({.server = server(), .config = {}, .directory = nullptr});
  Broker sidecar(beside(bare, {{"RECONCILE_INTERVAL", "0"}}));
  ASSERT_TRUE(sidecar.wait_ready(20s)) << sidecar.output();
  client_of(bare).api_ok("STREAM.DELETE.MARKET_DATA");
  // One that is never heard of might as well be a loss.
  ASSERT_TRUE(wait_until(10s, [&] { return !sidecar.ready(); })) << sidecar.output();
  bare.restart();
  EXPECT_TRUE(sidecar.wait_ready(20s)) << sidecar.output();
  EXPECT_TRUE(client_of(bare).publish("trade-data.x", "1"));
}

TEST_P(SidecarFaultsTest, AnotherUrlWhileItWaitsForASilentServerIsTheOnlyOneThatCounts) {
  BareServer before({.server = server(), .config = {}, .directory = nullptr});
  BareServer silent({.server = server(), .config = {}, .directory = nullptr});
  BareServer after({.server = server(), .config = {}, .directory = nullptr});
  ASSERT_TRUE(freeze(silent.process().pid()));
  auto directory = std::make_shared<TempDir>();
  const auto write = [&](const std::string& urls) {
    std::ofstream{*directory / ".env"} << "NATS_CONNECT_TIMEOUT=3\nNATS_URL=" << urls << "\n";
  };
  write(silent.url() + "," + before.url());
  BrokerOptions options = beside(0, after.monitor_port());
  options.environment.erase("NATS_URL");
  options.directory = directory;
  Broker sidecar(std::move(options));
  ASSERT_TRUE(sidecar.process().wait_for_output("sidecar of", 10s)) << sidecar.output();
  write(after.url());
  sidecar.send(SIGHUP);
  ASSERT_TRUE(sidecar.wait_ready(20s)) << sidecar.output();
  EXPECT_EQ(status(sidecar).value("client_url", ""), after.url()) << sidecar.output();
  EXPECT_EQ(client_of(before).api("STREAM.NAMES").value("total", -1), 0);
}

TEST_P(SidecarFaultsTest, AServerThatHangsIsLeftForTheNextOne) {
  BareServer first({.server = server(), .config = {}, .directory = nullptr});
  BareServer second({.server = server(), .config = {}, .directory = nullptr});
  Broker sidecar(beside(
      first, {{"NATS_URL", first.url() + "," + second.url()}, {"NATS_CONNECT_TIMEOUT", "1"}}));
  ASSERT_TRUE(sidecar.wait_ready(20s)) << sidecar.output();
  ASSERT_TRUE(freeze(first.process().pid()));
  EXPECT_TRUE(sidecar.process().wait_for_output("connected to " + second.url(), 40s))
      << sidecar.output();
}

TEST_P(SidecarFaultsTest, WhatOneServerHadIsNotMissedOnTheNextOfTheList) {
  BareServer first({.server = server(), .config = {}, .directory = nullptr});
  BareServer second({.server = server(), .config = {}, .directory = nullptr});
  Broker sidecar(beside(first, {{"NATS_URL", first.url() + "," + second.url()}}));
  ASSERT_TRUE(sidecar.wait_ready(20s)) << sidecar.output();
  kill(first.process().pid(), SIGKILL);
  ASSERT_TRUE(sidecar.process().wait_for_output("connected to " + second.url(), 20s));
  EXPECT_TRUE(sidecar.wait_ready(20s)) << sidecar.output();
}

UNIFIED_ON_EVERY_SERVER(SidecarFaultsTest);

}  // namespace
}  // namespace unified::test
