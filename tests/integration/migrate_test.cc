// Streams that are moved to another storage or max_consumers by `migrate`.
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "support/broker.h"
#include "support/entrypoint.h"
#include "support/moved_stream.h"
#include "support/wait_until.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr std::size_t kMessages = 2000;
/// As many as there are: no room for one that reads.
constexpr int kFewConsumers = 8;
constexpr int kManyConsumers = 100;

class MigrateTest : public ServerTest {
 protected:
  /// Storage where max_consumers is not immutable, else max_consumers.
  [[nodiscard]] bool to_memory() const { return server().version >= ServerVersion{2, 14, 0}; }
  [[nodiscard]] bool is_oldest() const { return server().version < ServerVersion{2, 10, 0}; }

  Broker& start(const Environment& more = {}) {
    Environment environment{{"STREAMS_FILE", *directory_ / "streams.yaml"}};
    environment.insert(more.begin(), more.end());
    broker_.reset();
    broker_ = std::make_unique<Broker>(
        BrokerOptions{.server = server(), .environment = environment, .directory = directory_});
    return *broker_;
  }

  /// A broker with a full stream on file; then its manifest is another one.
  StreamContent prepare(const std::string& storage,
                        int max_consumers,
                        bool with_times,
                        const Environment& more = {}) {
    (void)declare_stream(*directory_, "file", kFewConsumers);
    EXPECT_TRUE(start(more).wait_ready(20s)) << broker_->output();
    NatsClient client = broker_->client();
    fill_stream(client, kMessages);
    add_consumers(client, !is_oldest());
    StreamContent content = content_of(client, with_times);
    (void)declare_stream(*directory_, storage, max_consumers);
    EXPECT_EQ(broker_->command({"reload"}).status, 1);  // "not applied", as plan says
    return content;
  }

  [[nodiscard]] StreamContent now(bool with_times) const {
    NatsClient client = broker_->client();
    return content_of(client, with_times);
  }
  [[nodiscard]] json config() const { return broker_->client().api_ok("STREAM.INFO.S")["config"]; }
  [[nodiscard]] bool leaves_nothing() const {
    return !std::filesystem::exists(*directory_ / "store/unified-migration");
  }

  std::shared_ptr<TempDir> directory_ = std::make_shared<TempDir>();
  std::unique_ptr<Broker> broker_;
};

TEST_P(MigrateTest, KeepsEveryMessageAndEveryConsumer) {
  const StreamContent before = prepare(to_memory() ? "memory" : "file", kManyConsumers, true);
  const Finished moved = broker_->command({"migrate", "S", "--yes"}, 60s);
  EXPECT_EQ(moved.status, 0) << moved.output << broker_->output();
  ASSERT_TRUE(broker_->wait_ready(10s)) << broker_->output();
  EXPECT_EQ(now(true), before);
  EXPECT_EQ(config()["max_consumers"], kManyConsumers);
  EXPECT_EQ(config()["storage"], to_memory() ? "memory" : "file");
  EXPECT_TRUE(leaves_nothing());
  EXPECT_TRUE(broker_->client().publish("s.1", "on it goes"));
  EXPECT_EQ(broker_->stop(), 0);
  if (to_memory())
    return;
  ASSERT_TRUE(start().wait_ready(20s)) << broker_->output();
  EXPECT_EQ(broker_->client().count("S"), kMessages - 8 + 1);
}

TEST_P(MigrateTest, LoadsAStreamIntoMemoryUnderItsSequences) {
  if (is_oldest())
    GTEST_SKIP() << "2.9 can't: RefusesWhatTheServerCanNot";
  const StreamContent before = prepare("memory", kManyConsumers, false);
  const Finished moved = broker_->command({"migrate", "S", "--yes"}, 60s);
  EXPECT_EQ(moved.status, 0) << moved.output << broker_->output();
  ASSERT_TRUE(broker_->wait_ready(10s)) << broker_->output();
  EXPECT_EQ(now(false), before);
  EXPECT_EQ(config()["storage"], "memory");
  EXPECT_EQ(config()["max_consumers"], kManyConsumers);
  EXPECT_FALSE(config().contains("subject_transform"));
  EXPECT_TRUE(leaves_nothing());
}

TEST_P(MigrateTest, PublishersAreToldAndWhatWasAckedIsThere) {
  (void)prepare(to_memory() ? "memory" : "file", kManyConsumers, true);
  std::atomic<bool> stop = false;
  std::size_t refused = 0;
  std::vector<std::uint64_t> acked;
  std::thread publisher{[&] {
    NatsClient client = broker_->client();
    while (!stop) {
      const auto ack = client.publish("s.1", "during");
      if (ack)
        acked.push_back(ack->sequence);
      else
        ++refused;
    }
  }};
  const Finished moved = broker_->command({"migrate", "S", "--yes"}, 60s);
  (void)broker_->wait_ready(10s);
  stop = true;
  publisher.join();
  EXPECT_EQ(moved.status, 0) << moved.output << broker_->output();
  EXPECT_GT(refused, 0U);
  ASSERT_FALSE(acked.empty());
  NatsClient client = broker_->client();
  for (const std::uint64_t sequence : acked)
    ASSERT_TRUE(client.api("STREAM.MSG.GET.S", {{"seq", sequence}}).contains("message"))
        << sequence;
  EXPECT_EQ(client.count("S"), kMessages - 8 + acked.size());
}

TEST_P(MigrateTest, AnotherStreamThatFailsBringsTheOldOneBack) {
  if (is_oldest())
    GTEST_SKIP() << "2.9 moves no storage";
  // Not even a part of the messages fits.
  const StreamContent before =
      prepare("memory", kFewConsumers, true, {{"JETSTREAM_MAX_MEMORY", "20000"}});
  const Finished moved = broker_->command({"migrate", "S", "--yes"}, 60s);
  EXPECT_EQ(moved.status, 1) << moved.output << broker_->output();
  EXPECT_NE(moved.output.find("is as it was"), std::string::npos) << moved.output;
  ASSERT_TRUE(broker_->wait_ready(10s)) << broker_->output();
  EXPECT_EQ(now(true), before);
  EXPECT_EQ(config()["storage"], "file");
  EXPECT_TRUE(leaves_nothing());
}

TEST_P(MigrateTest, ADryRunAndARefusalChangeNothing) {
  const StreamContent before = prepare(to_memory() ? "memory" : "file", kManyConsumers, true);
  const Finished shown = broker_->command({"migrate", "S", "--dry-run"});
  EXPECT_EQ(shown.status, 0) << shown.output;
  EXPECT_NE(shown.output.find(to_memory() ? "storage: file -> memory" : "max_consumers: 8 -> 100"),
            std::string::npos)
      << shown.output;
  const Finished unasked = broker_->command({"migrate", "S"});
  EXPECT_EQ(unasked.status, 64) << unasked.output;
  EXPECT_NE(unasked.output.find("--yes"), std::string::npos) << unasked.output;
  const Finished unknown = broker_->command({"migrate", "OTHER", "--yes"});
  EXPECT_EQ(unknown.status, 1) << unknown.output;
  EXPECT_NE(unknown.output.find("is not declared"), std::string::npos) << unknown.output;
  EXPECT_TRUE(broker_->ready());
  EXPECT_EQ(now(true), before);
  EXPECT_EQ(broker_->stop(), 0);
  const Finished nobody = broker_->command({"migrate", "S", "--yes"});
  EXPECT_EQ(nobody.status, 69) << nobody.output;
}

TEST_P(MigrateTest, KeepsTheBackupWhenAsked) {
  (void)prepare(to_memory() ? "memory" : "file", kManyConsumers, true);
  const Finished moved = broker_->command({"migrate", "S", "--yes", "--keep-backup"}, 60s);
  EXPECT_EQ(moved.status, 0) << moved.output << broker_->output();
  std::size_t kept = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator{*directory_ / "store/unified-migration"})
    kept += std::filesystem::exists(entry.path() / "stream.tar.s2") ? 1U : 0U;
  EXPECT_EQ(kept, 1U);
}

TEST_P(MigrateTest, AJournalThatCanNotBeReadIsNotGuessedAt) {
  const StreamContent before = prepare(to_memory() ? "memory" : "file", kManyConsumers, true);
  EXPECT_EQ(broker_->stop(), 0);
  (void)directory_->write("store/unified-migration/stream-S/journal.json", "{");
  (void)start();
  ASSERT_TRUE(wait_until(20s, [&] {
    const auto why = broker_->get("/readyz");
    return why && why->body.find("journal.json can't be used") != std::string::npos;
  })) << broker_->output();
  EXPECT_EQ(now(true), before);
  EXPECT_EQ(broker_->stop(), 0);
  std::filesystem::remove_all(*directory_ / "store/unified-migration");
  ASSERT_TRUE(start().wait_ready(20s)) << broker_->output();
}

UNIFIED_ON_EVERY_SERVER(MigrateTest);

/// $UNIFIED_MIGRATE_FULL=1: more often.
int rounds() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody changes the environment
  return std::getenv("UNIFIED_MIGRATE_FULL") != nullptr ? 40 : 10;
}

/// At random moments of one migration after the other, 8 -> 100 -> 8 -> …
class MigrateKillTest : public MigrateTest {
 protected:
  void SetUp() override {
    MigrateTest::SetUp();
    before_ = prepare("file", kManyConsumers, true);
  }

  /// A moment of the next migration, as often late in it as early (the snapshot takes two seconds,
  /// all else a few hundred milliseconds).
  void wait_for_a_moment() {
    if (random_() % 2 == 0)
      (void)wait_until(10s, [&] {
        return broker_->output().find("migration of stream S: saved") != std::string::npos;
      });
    const auto until =
        std::chrono::steady_clock::now() + std::chrono::milliseconds{random_() % 1200};
    (void)wait_until(2s, [&] { return std::chrono::steady_clock::now() >= until; });
  }

  void expect_whole(int round) {
    ASSERT_TRUE(broker_->wait_ready(60s)) << round << '\n' << broker_->output();
    EXPECT_EQ(now(true), before_) << round << '\n' << broker_->output();
    EXPECT_TRUE(leaves_nothing()) << round;
    const int is = config()["max_consumers"];
    EXPECT_TRUE(is == kFewConsumers || is == kManyConsumers) << round;
    // The other way, from wherever it is now.
    (void)declare_stream(*directory_, "file", is == kFewConsumers ? kManyConsumers : kFewConsumers);
  }

  /// Begins one without waiting for it.
  [[nodiscard]] std::thread begin() const {
    return std::thread{[this] { (void)broker_->command({"migrate", "S", "--yes"}, 60s); }};
  }

  /// The same by a command that nobody waits for.
  void begin_in_background() const {
    const Finished begun =
        run({.command = {"/bin/sh", "-c", "\"$0\" migrate S --yes >/dev/null 2>&1 &", entrypoint()},
             .environment = broker_->environment(),
             .directory = directory_->path()});
    EXPECT_EQ(begun.status, 0);
  }

  std::mt19937 random_{20261122};
  StreamContent before_;
};

TEST_P(MigrateKillTest, TheServerIsKilled) {
  for (int round = 0; round < rounds() && !HasFailure(); ++round) {
    ASSERT_TRUE(start().wait_ready(20s)) << broker_->output();
    std::thread migration = begin();
    wait_for_a_moment();
    if (const pid_t server = broker_->server_pid(); server > 0)
      ::kill(server, SIGKILL);
    migration.join();
    expect_whole(round);
    EXPECT_EQ(broker_->stop(), 0);
  }
}

TEST_P(MigrateKillTest, TheSupervisorIsKilled) {
  for (int round = 0; round < rounds() && !HasFailure(); ++round) {
    ASSERT_TRUE(start().wait_ready(20s)) << broker_->output();
    begin_in_background();
    wait_for_a_moment();
    broker_->kill_all();
    (void)start();
    expect_whole(round);
    EXPECT_EQ(broker_->stop(), 0);
  }
}

TEST_P(MigrateKillTest, AStopGivesWayAtOnce) {
  ASSERT_TRUE(start().wait_ready(20s)) << broker_->output();
  for (int round = 0; round < 3 && !HasFailure(); ++round) {
    begin_in_background();
    (void)wait_until(10s, [&] {
      return broker_->output().find("migration of stream S: begun") != std::string::npos;
    });
    const auto asked = std::chrono::steady_clock::now();
    EXPECT_EQ(broker_->stop(), 0);
    EXPECT_LT(std::chrono::steady_clock::now() - asked, 5s);
    (void)start();
    expect_whole(round);
  }
}

INSTANTIATE_TEST_SUITE_P(Servers, MigrateKillTest, testing::Values("trixie"), [](const auto& each) {
  return std::string{each.param};
});

}  // namespace
}  // namespace unified::test
