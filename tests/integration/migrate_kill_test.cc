// Something is killed in the middle of `migrate`: the old stream is there, or the new one.
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <numeric>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "support/entrypoint.h"
#include "support/migrate_test.h"
#include "support/wait_until.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;

/// Something ends at random moments of a migration.
class KillTest : public MigrateTest {
 protected:
  using Clock = std::chrono::steady_clock;

  static std::size_t rounds() { return number_from("UNIFIED_MIGRATE_ROUNDS", 6); }

  /// Lets the one that has begun come to its end, to know how long one takes.
  void measure() {
    const auto begun = Clock::now();
    (void)wait_until(patience(), [&] { return was_saved(); });
    save_ = Clock::now() - begun;
    EXPECT_TRUE(broker_->process().wait_for_output("stream S was migrated", patience()));
    rest_ = Clock::now() - begun - save_;
    EXPECT_EQ(command_->wait(patience()), 0) << command_->output();
  }

  [[nodiscard]] bool was_saved() const {
    return broker_->output().find("migration of stream S: saved") != std::string::npos;
  }

  /// A moment of the next migration: in turns after its first phase, which takes the longest, and
  /// in it; each time in another part of that, but for chance.
  void wait_for_a_moment(std::size_t round, std::size_t rounds) {
    const bool late = round % 2 == 0;
    if (late)
      (void)wait_until(patience(), [&] { return was_saved(); });
    const std::size_t parts = late ? (rounds + 1) / 2 : rounds / 2;
    const double at =
        (static_cast<double>(round / 2) + std::uniform_real_distribution{0.0, 1.0}(random_)) /
        static_cast<double>(parts);
    const auto moment =
        Clock::now() + std::chrono::duration_cast<Clock::duration>((late ? rest_ : save_) * at);
    (void)wait_until(patience(), [&] { return Clock::now() >= moment; });
    std::cout << (late ? "late " : "early ") << at << '\n' << std::flush;
  }

  /// Returns when the supervisor has noticed.
  void kill_server() const {
    const pid_t server = broker_->server_pid();
    if (server <= 0)
      return;
    ::kill(server, SIGKILL);
    EXPECT_TRUE(wait_until(20s, [&] {
      const auto living = broker_->process().others("nats-server");
      return std::ranges::find(living, server) == living.end();
    }));
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

  static unsigned seed() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    const std::string name = std::string{test->name()} + test->test_suite_name();
    return std::accumulate(name.begin(), name.end(), 20261122U, [](unsigned sum, char c) {
      return sum * 31 + static_cast<unsigned char>(c);
    });
  }

  std::mt19937 random_{seed()};
  Clock::duration save_{};
  Clock::duration rest_{};
  std::unique_ptr<Process> command_;
  StreamContent before_;
};

/// One migration after the other, 8 -> 100 -> 8 -> …
class MigrateKillTest : public KillTest {
 protected:
  /// The first is left alone.
  void SetUp() override {
    KillTest::SetUp();
    before_ = prepare("file", kManyConsumers, true);
    begin_one();
    measure();
    expect_whole(0);
    EXPECT_EQ(broker_->stop(), 0);
  }

  /// What is left then has a name of its own.
  [[nodiscard]] bool was_killed_at_its_end() const {
    return broker_->output().find("and what it left was moved to") != std::string::npos;
  }

  void expect_whole(std::size_t round) {
    ASSERT_TRUE(broker_->wait_ready(patience())) << round << '\n' << broker_->output();
    EXPECT_EQ(now(true), before_) << round << '\n' << broker_->output();
    if (was_killed_at_its_end())
      std::filesystem::remove_all(*directory_ / "store/unified-migration");
    EXPECT_TRUE(leaves_nothing()) << round;
    const int is = config()["max_consumers"];
    EXPECT_TRUE(is == kFewConsumers || is == kManyConsumers) << round;
    // The other way, from wherever it is now.
    (void)declare_stream(*directory_, "file", is == kFewConsumers ? kManyConsumers : kFewConsumers);
  }
};

TEST_P(MigrateKillTest, TheServerIsKilled) {
  for (std::size_t round = 0; round < rounds() && !HasFailure(); ++round) {
    ASSERT_TRUE(start().wait_ready(20s)) << broker_->output();
    begin_one();
    wait_for_a_moment(round, rounds());
    kill_server();
    expect_whole(round);
    EXPECT_EQ(broker_->stop(), 0);
  }
}

TEST_P(MigrateKillTest, TheSupervisorIsKilled) {
  for (std::size_t round = 0; round < rounds() && !HasFailure(); ++round) {
    ASSERT_TRUE(start().wait_ready(20s)) << broker_->output();
    begin_one();
    wait_for_a_moment(round, rounds());
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

/// From the disk into memory, which nothing outlives that ends with the server.
class MigrateKillIntoMemoryTest : public KillTest {
 protected:
  /// A stream on file, and a migration of it that has begun.
  void prepare_one() {
    broker_.reset();
    directory_ = std::make_shared<TempDir>();
    before_ = prepare("memory", kFewConsumers, false);
    begin_one();
  }

  static std::size_t few_rounds() { return std::max<std::size_t>(1, rounds() / 2); }

  [[nodiscard]] bool is_pending() const {
    return std::filesystem::exists(*directory_ / "store/unified-migration/stream-S/journal.json");
  }

  /// `whole`: it may not be empty with its backup beside it.
  void expect_nothing_lost(std::size_t round, bool whole) {
    ASSERT_TRUE(broker_->wait_ready(patience())) << round << '\n' << broker_->output();
    const StreamContent there = now(false);
    if (whole || config()["storage"] == "file" || there.last > 0) {
      EXPECT_EQ(there, before_) << round << '\n' << broker_->output();
    }
    EXPECT_TRUE(leaves_nothing()) << round;  // but for the backup
  }
};

TEST_P(MigrateKillIntoMemoryTest, TheServerIsKilled) {
  prepare_one();
  measure();
  for (std::size_t round = 0; round < few_rounds() && !HasFailure(); ++round) {
    prepare_one();
    wait_for_a_moment(round, few_rounds());
    kill_server();
    // Its migration may have ended just before it, without anybody having heard of it.
    expect_nothing_lost(round, false);
  }
}

TEST_P(MigrateKillIntoMemoryTest, TheSupervisorIsKilled) {
  prepare_one();
  measure();
  for (std::size_t round = 0; round < few_rounds() && !HasFailure(); ++round) {
    prepare_one();
    wait_for_a_moment(round, few_rounds());
    broker_->kill_all();
    const bool was_pending = is_pending();
    (void)start();
    expect_nothing_lost(round, was_pending);
  }
}

/// The other way, which only 2.15 goes.
class MigrateKillOutOfMemoryTest : public KillTest {
 protected:
  void begin(const Environment& more = {}) {
    (void)declare_stream(*directory_, "memory", kFewConsumers);
    ASSERT_TRUE(start(more).wait_ready(20s)) << broker_->output();
    NatsClient client = broker_->client();
    fill_stream(client, messages());
    add_consumers(client, true);
    before_ = content_of(client, true);
    (void)declare_stream(*directory_, "file", kFewConsumers);
    EXPECT_EQ(broker_->command({"reload"}).status, 1);
    begin_one();
  }
};

TEST_P(MigrateKillOutOfMemoryTest, WhatWasSavedIsPutInPlaceThoughNothingElseIsLeft) {
  begin();
  ASSERT_TRUE(wait_until(patience(), [&] { return was_saved(); })) << broker_->output();
  kill_server();
  ASSERT_TRUE(broker_->wait_ready(patience())) << broker_->output();
  EXPECT_EQ(now(true), before_) << broker_->output();
  EXPECT_EQ(config()["storage"], "file");
  EXPECT_TRUE(leaves_nothing());
}

/// As a kill leaves it between the backup and the journal.
TEST_P(MigrateKillOutOfMemoryTest, ABackupThatTheJournalDoesNotTellOfYetIsPutInPlace) {
  begin({{"LD_PRELOAD", test_program("late_send.so")},
         {"ASAN_OPTIONS", "verify_asan_link_order=0"},
         {"LATE_SEND_TEXT", R"("sealed":true,)"},
         {"LATE_SEND_MS", "5000"},
         {"LATE_SEND_FILE", *directory_ / "window"}});
  ASSERT_TRUE(wait_until(patience(), [&] {
    return std::filesystem::exists(*directory_ / "window");
  })) << broker_->output();
  broker_->kill_all();
  constexpr const char* kJournal = "store/unified-migration/stream-S/journal.json";
  nlohmann::json journal = nlohmann::json::parse(std::ifstream{*directory_ / kJournal});
  journal["phase"] = "begun";
  for (const char* key :
       {"state", "origin", "consumers", "backup_bytes", "backup_sum", "digest", "seal_sent"})
    journal.erase(key);
  (void)directory_->write(kJournal, journal.dump());
  ASSERT_TRUE(start().wait_ready(patience())) << broker_->output();
  EXPECT_EQ(now(true), before_) << broker_->output();
  EXPECT_EQ(config()["storage"], "file");
  EXPECT_TRUE(leaves_nothing());
}

TEST_P(MigrateKillOutOfMemoryTest, WhatWasNotSavedIsToldToBeGone) {
  begin();
  kill_server();
  ASSERT_TRUE(broker_->wait_ready(patience())) << broker_->output();
  const bool was_late = was_saved();
  EXPECT_EQ(now(true).last, was_late ? before_.last : 0) << broker_->output();
  EXPECT_EQ(broker_->output().find("its messages are gone") == std::string::npos, was_late)
      << broker_->output();
  EXPECT_TRUE(leaves_nothing());
}

INSTANTIATE_TEST_SUITE_P(Servers,
                         MigrateKillOutOfMemoryTest,
                         testing::Values("sid"),
                         [](const auto& each) { return std::string{each.param}; });

INSTANTIATE_TEST_SUITE_P(Servers,
                         MigrateKillIntoMemoryTest,
                         testing::Values("trixie", "sid"),
                         [](const auto& each) { return std::string{each.param}; });

}  // namespace
}  // namespace unified::test
