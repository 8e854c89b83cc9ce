// How far a restore is, with a server of our own making: a real one is through before anybody asks.
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/broker.h"
#include "support/wait_until.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using nlohmann::json;

class RecoveryTest : public NewestServerTest {};

/// Answers --version as the real one, and then restores A, and B without an end.
std::string slow_server(const TempDir& directory, const NatsServer& real) {
  const std::string path = directory / "nats-server";
  std::ofstream{path} << fmt::format(R"(#!/bin/sh
case "$*" in *-v*) exec {} "$@";; esac
echo "[7] 2026/11/21 17:55:26.570733 [INF]   Starting restore for stream '\$G > A'"
echo "[7] 2026/11/21 17:55:26.783114 [INF]   Restored 300,000 messages for stream '\$G > A' in 9s"
echo "[7] 2026/11/21 17:55:26.783201 [INF]   Starting restore for stream '\$G > B'"
exec sleep 60
)",
                                     real.path);
  fs::permissions(path, fs::perms::owner_all);
  return path;
}

void make_stream(const fs::path& store, const std::string& name, std::size_t bytes) {
  const fs::path folder = store / "jetstream/$G/streams" / name / "msgs";
  fs::create_directories(folder);
  std::ofstream{folder / "1.blk"} << std::string(bytes, 'x');
}

TEST_F(RecoveryTest, StatusTellsStreamsBytesAndTime) {
  auto directory = std::make_shared<TempDir>();
  const fs::path store = *directory / "restoring";
  make_stream(store, "A", 4'000'000);
  make_stream(store, "B", 6'000'000);
  Broker broker({.server = server(),
                 .environment = {{"JETSTREAM_STORE_DIR", store.string()},
                                 {"NATS_SERVER_BIN", slow_server(*directory, server())}},
                 .directory = directory});
  json recovery;
  ASSERT_TRUE(wait_until(20s, [&] {
    const auto status = broker.get("/status");
    recovery =
        status ? json::parse(status->body, nullptr, false).value("recovery", json{}) : json{};
    return recovery.is_object() && recovery["eta_seconds"].is_number();
  })) << broker.output();

  EXPECT_EQ(recovery["streams_restored"], 1);
  EXPECT_EQ(recovery["streams_total"], 2);
  EXPECT_GE(recovery["percent"], 39);
  EXPECT_LE(recovery["percent"], 41);
  EXPECT_GE(recovery["eta_seconds"], 2);
  EXPECT_TRUE(broker.process().wait_for_output(
      "nats-server recovers its store: restored 1 of 2 streams, 4", 30s))
      << broker.output();
  const std::string shown = broker.command({"status"}).output;
  EXPECT_NE(shown.find("restored 1 of 2 streams, "), std::string::npos) << shown;
  EXPECT_NE(shown.find(" %, about "), std::string::npos) << shown;
}

}  // namespace
}  // namespace unified::test
