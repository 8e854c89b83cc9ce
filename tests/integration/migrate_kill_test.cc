// Something is killed in the middle of `migrate`: the old stream is there, or the new one.
#include <csignal>
#include <filesystem>
#include <iostream>
#include <random>

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
    EXPECT_EQ(command_->wait(patience()), 0) << command_->output();
    rest_ = Clock::now() - begun - save_;
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

  std::mt19937 random_{20261122};
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

  void expect_whole(std::size_t round) {
    ASSERT_TRUE(broker_->wait_ready(patience())) << round << '\n' << broker_->output();
    EXPECT_EQ(now(true), before_) << round << '\n' << broker_->output();
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

  [[nodiscard]] bool is_pending() const {
    return std::filesystem::exists(*directory_ / "store/unified-migration/stream-S/journal.json");
  }

  /// `was_pending`: when everything was dead.
  void expect_nothing_lost(std::size_t round, bool was_pending) {
    ASSERT_TRUE(broker_->wait_ready(patience())) << round << '\n' << broker_->output();
    const StreamContent there = now(false);
    if (was_pending || config()["storage"] == "file" || there == before_)
      EXPECT_EQ(there, before_) << round << '\n' << broker_->output();
    else
      EXPECT_EQ(there.last, 0) << round << '\n' << broker_->output();
    EXPECT_TRUE(leaves_nothing()) << round;  // but for the backup
  }
};

TEST_P(MigrateKillIntoMemoryTest, TheServerIsKilled) {
  prepare_one();
  measure();
  for (std::size_t round = 0; round < rounds() / 2 && !HasFailure(); ++round) {
    prepare_one();
    wait_for_a_moment();
    if (const pid_t server = broker_->server_pid(); server > 0)
      ::kill(server, SIGKILL);
    expect_nothing_lost(round, is_pending());
  }
}

TEST_P(MigrateKillIntoMemoryTest, TheSupervisorIsKilled) {
  prepare_one();
  measure();
  for (std::size_t round = 0; round < rounds() / 2 && !HasFailure(); ++round) {
    prepare_one();
    wait_for_a_moment();
    broker_->kill_all();
    const bool was_pending = is_pending();
    (void)start();
    expect_nothing_lost(round, was_pending);
  }
}

INSTANTIATE_TEST_SUITE_P(Servers,
                         MigrateKillIntoMemoryTest,
                         testing::Values("trixie", "sid"),
                         [](const auto& each) { return std::string{each.param}; });

}  // namespace
}  // namespace unified::test
