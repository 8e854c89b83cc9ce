#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "support/bare_server.h"
#include "support/broker.h"
#include "support/wait_until.h"

namespace unified::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr int kMessages = 20;
constexpr const char* kKey = "first-secret-key";

using Files = std::map<std::string, std::string>;

/// Every file below `folder` with its content.
Files files_below(const fs::path& folder) {
  Files found;
  for (const auto& entry : fs::recursive_directory_iterator{folder})
    if (entry.is_regular_file()) {
      std::ifstream file{entry.path(), std::ios::binary};
      found[fs::relative(entry.path(), folder).string()] = {std::istreambuf_iterator<char>{file},
                                                            {}};
    }
  return found;
}

/// What an encrypted store must survive, whoever started a nats-server on it before: 2.10 and 2.11
/// give a stream without index.db another meta.key, under its old meta.inf.
class EncryptedStoreTest : public ServerTest {
 public:
  void SetUp() override {
    ServerTest::SetUp();
    for (const char* suite : {"bookworm", "trixie", "sid"}) {
      auto found = find_server(suite);
      if (!found)
        GTEST_SKIP() << found.error().message;
      servers_[suite] = *std::move(found);
    }
  }

 protected:
  [[nodiscard]] Broker broker(const NatsServer& server, const Environment& more = {}) const {
    Environment environment{{"JETSTREAM_ENCRYPTION_KEY", kKey}};
    environment.insert(more.begin(), more.end());
    return Broker({.server = server, .environment = environment, .directory = directory_});
  }
  [[nodiscard]] const NatsServer& of(const std::string& suite) const { return servers_.at(suite); }
  [[nodiscard]] std::string store() const { return *directory_ / "store"; }

  void fill(const Broker& running) const {
    NatsClient client = running.client();
    client.api_ok("CONSUMER.DURABLE.CREATE.MARKET_DATA.READER",
                  {{"stream_name", "MARKET_DATA"},
                   {"config", {{"durable_name", "READER"}, {"ack_policy", "explicit"}}}});
    for (int i = 0; i < kMessages; ++i)
      ASSERT_TRUE(client.publish("liquidation-data.x", std::to_string(i)));
  }
  void fill_by_old() const {
    Broker old = broker(of("bookworm"));
    ASSERT_TRUE(old.wait_ready(20s)) << old.output();
    fill(old);
    ASSERT_EQ(old.stop(), 0);
  }
  static void expect_everything(NatsClient client) {
    const std::vector<StoredMessage> stored = client.stored("MARKET_DATA");
    ASSERT_EQ(stored.size(), static_cast<std::size_t>(kMessages));
    for (int i = 0; i < kMessages; ++i)
      EXPECT_EQ(stored[static_cast<std::size_t>(i)].payload, std::to_string(i));
    client.api_ok("CONSUMER.INFO.MARKET_DATA.READER");
  }
  /// Starts, finds everything, stops.
  void look(const NatsServer& server, const Environment& more = {}) const {
    Broker again = broker(server, more);
    ASSERT_TRUE(again.wait_ready(20s)) << again.output();
    expect_everything(again.client());
    ASSERT_EQ(again.stop(), 0) << again.output();
  }
  /// A nats-server without us, until SIGINT. Whether it finds the stream.
  [[nodiscard]] bool bare_finds_it(const NatsServer& server) const {
    BareServer bare(
        {.server = server,
         .config = fmt::format("jetstream {{ store_dir: \"{}\", key: \"{}\" }}", store(), kKey),
         .jetstream = false,
         .directory = {}});
    const bool found =
        !NatsClient{{.url = bare.url()}}.api("STREAM.INFO.MARKET_DATA").contains("error");
    bare.process().send(SIGINT);
    EXPECT_EQ(bare.process().wait(20s), 0);
    return found;
  }
  [[nodiscard]] std::vector<fs::path> copies() const {
    std::vector<fs::path> found;
    std::error_code none;
    for (const auto& entry : fs::directory_iterator{store() + "/unified-meta", none})
      if (entry.path().filename() != "keys")
        found.push_back(entry.path());
    return found;
  }

  std::map<std::string, NatsServer> servers_;
  std::shared_ptr<TempDir> directory_ = std::make_shared<TempDir>();
};

class EncryptedUpgradeTest : public EncryptedStoreTest {};

TEST_P(EncryptedUpgradeTest, AStoreOf29IsRefusedBy210BeforeAnythingIsTouched) {
  fill_by_old();
  for (const bool marked : {true, false}) {
    if (!marked)
      fs::remove(store() + "/unified-nats.json");
    const Files before = files_below(store() + "/jetstream");

    Broker refused = broker(of("trixie"));
    EXPECT_EQ(refused.wait(20s), 78) << refused.output();

    for (const char* text : {"JETSTREAM_UPGRADE_COPY_META", "2.12 or newer", "encrypted"})
      EXPECT_TRUE(refused.process().wait_for_output(text, 0s)) << text << refused.output();
    EXPECT_EQ(refused.command({"validate"}).status, 78);
    EXPECT_EQ(files_below(store() + "/jetstream"), before);
    EXPECT_EQ(copies().size(), 0U);
  }
  look(of("bookworm"));
}

TEST_P(EncryptedUpgradeTest, ARestartWithAnotherServerIsRefusedWhileTheOldOneRunsOn) {
  const fs::path link = *directory_ / "nats-server";
  fs::create_symlink(of("bookworm").path, link);
  Broker running = broker({.suite = "", .path = link.string(), .version = {}});
  ASSERT_TRUE(running.wait_ready(20s)) << running.output();
  fill(running);
  fs::remove(link);
  fs::create_symlink(of("trixie").path, link);

  const Finished restart = running.command({"restart"});

  EXPECT_EQ(restart.status, 78) << restart.output;
  EXPECT_NE(restart.output.find("JETSTREAM_UPGRADE_COPY_META"), std::string::npos)
      << restart.output;
  EXPECT_TRUE(running.ready());
  expect_everything(running.client());
}

TEST_P(EncryptedUpgradeTest, WithACopyOfEveryMetaFileItStartsAndKeepsEverything) {
  fill_by_old();
  const Files before = files_below(store() + "/jetstream");
  const Environment copying{{"JETSTREAM_UPGRADE_COPY_META", "true"}};

  for (int start = 0; start < 3; ++start)
    look(of("trixie"), copying);

  ASSERT_EQ(copies().size(), 1U);  // the first start has made it one of 2.10
  Files metas;
  for (const auto& [path, content] : before)
    if (fs::path{path}.stem() == "meta")
      metas[path] = content;
  ASSERT_EQ(metas.size(), 6U);
  EXPECT_EQ(files_below(copies().front()), metas);
  look(of("trixie"));
  look(of("sid"));
}

TEST_P(EncryptedUpgradeTest, TheCopiesBringEverythingBackThatAServerWithoutUsHasLost) {
  fill_by_old();
  Broker started = broker(of("trixie"), {{"JETSTREAM_UPGRADE_COPY_META", "true"}});
  ASSERT_TRUE(started.wait_ready(20s)) << started.output();
  started.kill_all();
  EXPECT_TRUE(bare_finds_it(of("trixie")));
  EXPECT_FALSE(bare_finds_it(of("trixie")));

  const std::string command =
      fmt::format("cp -a {}/. {}/jetstream/", copies().front().string(), store());
  ASSERT_EQ(std::system(command.c_str()), 0);  // NOLINT(concurrency-mt-unsafe,cert-env33-c)

  for (int start = 0; start < 3; ++start)
    look(of("trixie"));
}

TEST_P(EncryptedUpgradeTest, OnceANewerServerHasHadIt210MayFollow) {
  fill_by_old();
  look(of("sid"));
  for (int start = 0; start < 3; ++start)
    look(of("trixie"));
}

TEST_P(EncryptedUpgradeTest, ANewerServerThatWasKilledIsFollowedBy210WithoutLoss) {
  fill_by_old();
  Broker newer = broker(of("sid"));
  ASSERT_TRUE(newer.wait_ready(20s)) << newer.output();
  ASSERT_TRUE(wait_until(5s, [&] {
    return files_below(store())["unified-nats.json"].find("2.15") != std::string::npos;
  }));
  newer.kill_all();
  for (int start = 0; start < 3; ++start)
    look(of("trixie"));
}

INSTANTIATE_TEST_SUITE_P(Servers, EncryptedUpgradeTest, testing::Values("trixie"), [](const auto&) {
  return "trixie";
});

TEST_P(EncryptedStoreTest, AServerThatIsKilledEarlyLosesNothingAtTheStartsAfterThat) {
  {
    Broker first = broker(server());
    ASSERT_TRUE(first.wait_ready(20s)) << first.output();
    fill(first);
    const pid_t pid = first.server_pid();
    ASSERT_NE(pid, 0);
    ASSERT_EQ(::kill(pid, SIGKILL), 0);
    ASSERT_TRUE(wait_until(20s, [&] {
      return first.server_pid() != 0 && first.server_pid() != pid && first.ready();
    })) << first.output();
    ASSERT_EQ(first.stop(), 0) << first.output();
  }
  EXPECT_TRUE(bare_finds_it(server()));
  for (int start = 0; start < 2; ++start)
    look(server());
}

TEST_P(EncryptedStoreTest, ABrokerThatIsKilledEarlyLosesNothingAtTheStartsAfterThat) {
  Broker first = broker(server());
  ASSERT_TRUE(first.wait_ready(20s)) << first.output();
  fill(first);
  first.kill_all();
  for (int start = 0; start < 3; ++start)
    look(server());
}

/// Its streams are there before the marker of a finished start is.
TEST_P(EncryptedStoreTest, AFirstStartThatIsCutOffLeavesNoStoreOfUnknownOrigin) {
  const std::string slow = directory_->write(
      "slow-server",
      fmt::format(
          "#!/bin/sh\n[ \"$1\" = -c ] && [ \"$3\" != -t ] && exec sleep 60\nexec {} \"$@\"\n",
          server().path));
  fs::permissions(slow, fs::perms::owner_all);
  Broker first = broker({.suite = "", .path = slow, .version = {}});
  EXPECT_TRUE(wait_until(20s, [&] { return fs::exists(store() + "/unified-nats.json"); }))
      << first.output();
  first.kill_all();
  {
    BareServer bare(
        {.server = server(),
         .config = fmt::format("jetstream {{ store_dir: \"{}\", key: \"{}\" }}", store(), kKey),
         .jetstream = false,
         .directory = {}});
    NatsClient{{.url = bare.url()}}.api_ok(
        "STREAM.CREATE.MARKET_DATA",
        {{"name", "MARKET_DATA"}, {"subjects", {"liquidation-data.>"}}});
  }

  Broker second = broker(server());

  EXPECT_TRUE(second.wait_ready(20s)) << second.output();
}

UNIFIED_ON_EVERY_SERVER(EncryptedStoreTest);

}  // namespace
}  // namespace unified::test
