// Streams that are moved to another storage or max_consumers by `migrate`.
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
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

std::size_t number_from(const char* variable, std::size_t otherwise) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody changes the environment
  const char* text = std::getenv(variable);
  return text != nullptr ? std::stoul(text) : otherwise;
}

/// $UNIFIED_MIGRATE_MESSAGES=1000000 (and a --gtest_filter): what it is made for.
std::size_t messages() {
  return number_from("UNIFIED_MIGRATE_MESSAGES", 2000);
}

std::chrono::seconds patience() {
  return 60s + std::chrono::seconds{messages() / 4000};
}

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
    fill_stream(client, messages());
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
  /// But for the backup of a stream that is in memory now.
  [[nodiscard]] bool leaves_nothing() const {
    const std::filesystem::path root = *directory_ / "store/unified-migration";
    std::error_code error;
    if (config()["storage"] == "memory")
      return !std::filesystem::exists(root / "stream-S") && !std::filesystem::is_empty(root, error);
    return !std::filesystem::exists(root);
  }

  std::shared_ptr<TempDir> directory_ = std::make_shared<TempDir>();
  std::unique_ptr<Broker> broker_;
};

TEST_P(MigrateTest, KeepsEveryMessageAndEveryConsumer) {
  const StreamContent before = prepare(to_memory() ? "memory" : "file", kManyConsumers, true);
  const Finished moved = broker_->command({"migrate", "S", "--yes"}, patience());
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
  EXPECT_EQ(broker_->client().count("S"), messages() - 8 + 1);
}

TEST_P(MigrateTest, KeepsWhatSomebodyStillHasToGet) {
  for (const char* retention : {"interest", "workqueue"}) {
    (void)declare_stream(*directory_, "file", kFewConsumers, retention);
    ASSERT_TRUE(start().wait_ready(20s)) << broker_->output();
    {
      NatsClient client = broker_->client();
      fill_queue(client, messages(), retention);
    }
    const StreamContent before = now(true);
    (void)declare_stream(*directory_, to_memory() ? "memory" : "file", kManyConsumers, retention);
    EXPECT_EQ(broker_->command({"reload"}).status, 1);
    const Finished moved = broker_->command({"migrate", "S", "--yes"}, patience());
    EXPECT_EQ(moved.status, 0) << moved.output << broker_->output();
    ASSERT_TRUE(broker_->wait_ready(10s)) << broker_->output();
    EXPECT_EQ(now(true), before) << retention;
    EXPECT_EQ(config()["max_consumers"], kManyConsumers);
    EXPECT_TRUE(leaves_nothing());
    (void)broker_->client().api_ok("STREAM.DELETE.S");
    EXPECT_EQ(broker_->stop(), 0);
  }
}

TEST_P(MigrateTest, LoadsAStreamIntoMemoryUnderItsSequences) {
  if (is_oldest())
    GTEST_SKIP() << "2.9 can't: RefusesWhatTheServerCanNot";
  const StreamContent before = prepare("memory", kManyConsumers, false);
  const Finished moved = broker_->command({"migrate", "S", "--yes"}, patience());
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
  const Finished moved = broker_->command({"migrate", "S", "--yes"}, patience());
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
  EXPECT_EQ(client.count("S"), messages() - 8 + acked.size());
}

TEST_P(MigrateTest, AnotherStreamThatFailsBringsTheOldOneBack) {
  if (is_oldest())
    GTEST_SKIP() << "2.9 moves no storage";
  const StreamContent before =
      prepare("memory", kFewConsumers, true, {{"JETSTREAM_MAX_MEMORY", "400000"}});
  Process command{{.command = {entrypoint(), "migrate", "S", "--yes"},
                   .environment = broker_->environment(),
                   .directory = directory_->path()}};
  ASSERT_TRUE(broker_->process().wait_for_output("migration of stream S: begun", 20s));
  // While it is saved somebody else takes the memory.
  NatsClient client = broker_->client();
  (void)client.api_ok("STREAM.CREATE.M",
                      {{"name", "M"}, {"subjects", {"m"}}, {"storage", "memory"}});
  for (int i = 0; i < 300; ++i)
    EXPECT_TRUE(client.publish("m", std::string(1000, 'x')));
  EXPECT_EQ(command.wait(patience()), 1) << command.output() << broker_->output();
  EXPECT_NE(command.output().find("is as it was"), std::string::npos) << command.output();
  ASSERT_TRUE(broker_->wait_ready(10s)) << broker_->output();
  EXPECT_EQ(now(true), before);
  EXPECT_EQ(config()["storage"], "file");
  EXPECT_TRUE(leaves_nothing());
}

TEST_P(MigrateTest, WhatDoesNotFitIntoTheMemoryIsNotBegun) {
  if (is_oldest())
    GTEST_SKIP() << "2.9 moves no storage";
  const StreamContent before =
      prepare("memory", kFewConsumers, true, {{"JETSTREAM_MAX_MEMORY", "20000"}});
  const Finished moved = broker_->command({"migrate", "S", "--yes"}, patience());
  EXPECT_EQ(moved.status, 1) << moved.output;
  EXPECT_NE(moved.output.find("left of JETSTREAM_MAX_MEMORY"), std::string::npos) << moved.output;
  EXPECT_TRUE(broker_->ready()) << broker_->output();
  EXPECT_EQ(now(true), before);
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
  const Finished moved = broker_->command({"migrate", "S", "--yes", "--keep-backup"}, patience());
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

TEST_P(MigrateTest, OneThatWasBegunIsNotTakenIntoAClusterOrUnderAKey) {
  // The only stream may be away at that moment: nothing else keeps a server from being started.
  (void)directory_->write("store/unified-migration/stream-S/journal.json", "{");
  for (const auto& [variable, value] :
       {std::pair{"NATS_CLUSTER_ENABLED", "true"},
        std::pair{"JETSTREAM_ENCRYPTION_KEY", "0123456789abcdef0123456789abcdef"}}) {
    (void)declare_stream(*directory_, "file", kFewConsumers);
    (void)start({{variable, value}});
    EXPECT_EQ(broker_->wait(20s), 78) << broker_->output();
    EXPECT_TRUE(broker_->process().wait_for_output("stream S was being migrated", 1s))
        << broker_->output();
    EXPECT_NE(broker_->output().find(variable), std::string::npos) << broker_->output();
  }
}

UNIFIED_ON_EVERY_SERVER(MigrateTest);

std::size_t rounds() {
  return number_from("UNIFIED_MIGRATE_ROUNDS", 6);
}

/// At random moments of one migration after the other, 8 -> 100 -> 8 -> …
class MigrateKillTest : public MigrateTest {
 protected:
  /// The first migration is left alone, to know how long one takes.
  void SetUp() override {
    MigrateTest::SetUp();
    before_ = prepare("file", kManyConsumers, true);
    begin_one();
    const auto begun = Clock::now();
    (void)wait_until(patience(), [&] { return was_saved(); });
    save_ = Clock::now() - begun;
    EXPECT_EQ(command_->wait(patience()), 0) << command_->output();
    rest_ = Clock::now() - begun - save_;
    expect_whole(0);
    EXPECT_EQ(broker_->stop(), 0);
  }

  [[nodiscard]] bool was_saved() const {
    return broker_->output().find("migration of stream S: saved") != std::string::npos;
  }

  /// A moment of the next migration, as often after its first phase, which takes the longest, as in
  /// it.
  void wait_for_a_moment() {
    const bool late = random_() % 2 == 0;
    if (late)
      (void)wait_until(patience(), [&] { return was_saved(); });
    const double part = std::uniform_real_distribution{0.0, 1.0}(random_);
    const auto moment =
        Clock::now() + std::chrono::duration_cast<Clock::duration>((late ? rest_ : save_) * part);
    (void)wait_until(patience(), [&] { return Clock::now() >= moment; });
    std::cout << (late ? "late " : "early ") << part << '\n' << std::flush;
  }

  void expect_whole(std::size_t round) {
    ASSERT_TRUE(broker_->wait_ready(patience())) << round << '\n' << broker_->output();
    EXPECT_EQ(now(true), before_) << round << '\n' << broker_->output();
    EXPECT_TRUE(leaves_nothing()) << round;
    const int is = config()["max_consumers"];
    EXPECT_TRUE(is == kFewConsumers || is == kManyConsumers) << round;
    // The other way, from wherever it is now.
    (void)declare_stream(*directory_, "file", is == kFewConsumers ? kManyConsumers : kFewConsumers);
  }

  /// Begins one without waiting for its end.
  void begin_one() {
    command_ =
        std::make_unique<Process>(ProcessOptions{.command = {entrypoint(), "migrate", "S", "--yes"},
                                                 .environment = broker_->environment(),
                                                 .directory = directory_->path()});
    EXPECT_TRUE(wait_until(20s, [&] {
      return broker_->output().find("migration of stream S: begun") != std::string::npos;
    })) << command_->output();
  }

  using Clock = std::chrono::steady_clock;

  std::mt19937 random_{20261122};
  Clock::duration save_{};
  Clock::duration rest_{};
  std::unique_ptr<Process> command_;
  StreamContent before_;
};

TEST_P(MigrateKillTest, TheServerIsKilled) {
  for (std::size_t round = 0; round < rounds() && !HasFailure(); ++round) {
    ASSERT_TRUE(start().wait_ready(20s)) << broker_->output();
    begin_one();
    wait_for_a_moment();
    if (const pid_t server = broker_->server_pid(); server > 0)
      ::kill(server, SIGKILL);
    expect_whole(round);
    EXPECT_EQ(broker_->stop(), 0);
  }
}

TEST_P(MigrateKillTest, TheSupervisorIsKilled) {
  for (std::size_t round = 0; round < rounds() && !HasFailure(); ++round) {
    ASSERT_TRUE(start().wait_ready(20s)) << broker_->output();
    begin_one();
    wait_for_a_moment();
    broker_->kill_all();
    (void)start();
    expect_whole(round);
    EXPECT_EQ(broker_->stop(), 0);
  }
}

TEST_P(MigrateKillTest, AStopGivesWayAtOnce) {
  for (std::size_t round = 0; round < 3 && !HasFailure(); ++round) {
    ASSERT_TRUE(start().wait_ready(20s)) << broker_->output();
    begin_one();
    const auto asked = std::chrono::steady_clock::now();
    EXPECT_EQ(broker_->stop(), 0);
    EXPECT_LT(std::chrono::steady_clock::now() - asked, 5s);
    (void)start();
    expect_whole(round);
    EXPECT_EQ(broker_->stop(), 0);
  }
}

INSTANTIATE_TEST_SUITE_P(Servers,
                         MigrateKillTest,
                         testing::Values("bookworm", "trixie"),
                         [](const auto& each) { return std::string{each.param}; });

}  // namespace
}  // namespace unified::test
