// What is left of an incident: a file with its cause, the same in `status`, a message in the log.
#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/bare_server.h"
#include "support/broker.h"
#include "support/wait_until.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using nlohmann::json;

class BlackBoxTest : public ServerTest {};

std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code none;
  for (fs::directory_iterator entry{folder, none}; !none && entry != fs::directory_iterator{};
       entry.increment(none))
    if (entry->path().extension() == ".json")
      files.push_back(entry->path());
  std::ranges::sort(files);
  return files;
}

json read_json(const fs::path& path) {
  std::ifstream file{path};
  return json::parse(file, nullptr, false);
}

/// The first file in RUN_DIR, once it is there.
json first_record(const Broker& broker) {
  const fs::path folder = *broker.directory() / "run/black-box";
  (void)wait_until(20s, [&] { return !files_in(folder).empty(); });
  const auto files = files_in(folder);
  return files.empty() ? json{} : read_json(files.front());
}

TEST_P(BlackBoxTest, ATakenPortIsToldWithTheProgramThatHoldsIt) {
  BareServer other({.server = server()});
  Broker broker(
      {.server = server(),
       .environment = {{"NATS_PORT", std::to_string(other.port())}, {"RESTART_POLICY", "never"}}});
  const std::string told =
      fmt::format("NATS_PORT={} is used by another process: nats-server (pid ", other.port());

  EXPECT_TRUE(broker.process().wait_for_output(told, 20s)) << broker.output();
  EXPECT_EQ(broker.wait(20s), 1);

  EXPECT_NE(broker.output().find("black box: "), std::string::npos) << broker.output();
  const json record = first_record(broker);
  EXPECT_EQ(record.value("kind", ""), "failed_start");
  EXPECT_EQ(record.at("cause").value("kind", ""), "port_taken");
  EXPECT_EQ(record.value("gave_up_with", 0), 1);
  EXPECT_FALSE(record.at("lines").empty());
}

TEST_P(BlackBoxTest, AKillFromOutsideLeavesAFileInBothPlacesAndShowsInStatus) {
  Broker broker({.server = server(),
                 .environment = {{"NATS_AUTH_ENABLED", "true"},
                                 {"NATS_AUTH_USERNAME", "operator"},
                                 {"NATS_AUTH_PASSWORD", "correct-horse-battery"}}});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  const pid_t first = broker.server_pid();

  ::kill(first, SIGKILL);

  const json record = first_record(broker);
  EXPECT_EQ(record.value("kind", ""), "crash");
  EXPECT_EQ(record.at("cause").value("kind", ""), "signal") << record.at("cause");
  EXPECT_EQ(record.at("exit").value("signal", 0), SIGKILL);
  EXPECT_EQ(record.value("pid", 0), first);
  EXPECT_TRUE(record.at("was_ready").get<bool>());
  EXPECT_TRUE(record.at("disk").is_object());
  EXPECT_EQ(record.dump().find("correct-horse-battery"), std::string::npos);
  const fs::path store = broker.environment().at("JETSTREAM_STORE_DIR");
  ASSERT_TRUE(wait_until(10s, [&] { return !files_in(store / "unified-nats-black-box").empty(); }));

  ASSERT_TRUE(broker.wait_ready(30s)) << broker.output();
  const auto status = broker.get("/status");
  ASSERT_TRUE(status);
  const json last = json::parse(status->body).at("last_black_box");
  EXPECT_EQ(last.value("kind", ""), "crash");
  EXPECT_TRUE(fs::exists(last.value("file", "")));
  const auto shown = broker.command({"status"}).output;
  EXPECT_NE(shown.find("killed by signal 9"), std::string::npos) << shown;
  EXPECT_EQ(broker.stop(), 0);
  EXPECT_EQ(files_in(store / "unified-nats-black-box").size(), 1U) << "a stop is no incident";
}

TEST_P(BlackBoxTest, AStoreThatCannotBeUsedIsNamed) {
  auto directory = std::make_shared<TempDir>();
  const fs::path store = *directory / "store-of-test";
  fs::create_directories(store);
  std::ofstream{store / "jetstream"} << "in the way";
  Broker broker(
      {.server = server(),
       .environment = {{"JETSTREAM_STORE_DIR", store.string()}, {"RESTART_POLICY", "never"}},
       .directory = directory});
  ASSERT_TRUE(broker.wait(20s)) << broker.output();

  const json record = first_record(broker);
  ASSERT_TRUE(record.is_object()) << broker.output();
  EXPECT_NE(record.dump().find("jetstream"), std::string::npos);
  EXPECT_TRUE(record.value("kind", "") == "refused" ||
              record.at("cause").value("kind", "") == "store")
      << record.at("cause");
}

TEST_P(BlackBoxTest, AHungServersStacksAreKept) {
  Broker broker({.server = server(),
                 .environment = {{"LIVENESS_INTERVAL", "1"}, {"HEALTH_CHECK_FAILURES", "2"}}});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();

  ::kill(broker.server_pid(), SIGSTOP);

  const fs::path folder = *broker.directory() / "run/black-box";
  ASSERT_TRUE(wait_until(60s, [&] { return !files_in(folder).empty(); })) << broker.output();
  const json record = read_json(files_in(folder).front());
  EXPECT_EQ(record.value("kind", ""), "hung");
  EXPECT_EQ(record.at("cause").value("kind", ""), "hung");
  EXPECT_NE(record.at("stacks").dump().find("goroutine "), std::string::npos);
}

TEST_P(BlackBoxTest, TheLastLinesCanBeFollowed) {
  Broker broker({.server = server()});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  const auto all = broker.get("/logs");
  ASSERT_TRUE(all);
  EXPECT_NE(all->body.find("Server is ready"), std::string::npos);
  const auto first = broker.get("/logs?after=0");
  ASSERT_TRUE(first);
  const json page = json::parse(first->body);
  const std::uint64_t last = page.at("last");
  EXPECT_EQ(page.at("lines").back().at("seq"), last);
  EXPECT_GT(page.at("lines").back().at("at").get<double>(), 1.6e9);
  const auto next = broker.get(fmt::format("/logs?after={}", last));
  ASSERT_TRUE(next);
  EXPECT_LT(json::parse(next->body).at("lines").size(), page.at("lines").size());
  EXPECT_EQ(broker.get("/logs?after=x")->status, 400);
  EXPECT_EQ(broker.stop(), 0);
}

UNIFIED_ON_EVERY_SERVER(BlackBoxTest);

}  // namespace
}  // namespace unified::test
