// `restart` while a migration tries its backup out: the broker begins anew in the same process and
// goes on. $UNIFIED_MIGRATE_RESTARTS=200 (and a --gtest_filter): what it is made for.
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/entrypoint.h"
#include "support/migrate_test.h"
#include "support/wait_until.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;

class MigrateRestartTest : public MigrateTest {
 protected:
  [[nodiscard]] std::size_t count(const std::string& text) const {
    const std::string output = broker_->output();
    std::size_t found = 0;
    for (std::size_t at = 0; (at = output.find(text, at)) != std::string::npos; ++at)
      ++found;
    return found;
  }

  [[nodiscard]] nlohmann::json migration() const {
    const auto reply = broker_->get("/migration");
    return reply ? nlohmann::json::parse(reply->body, nullptr, false) : nlohmann::json{};
  }

  [[nodiscard]] bool is_at(const std::string& step) const {
    const nlohmann::json now = migration();
    return now.is_object() && now.value("step", "").starts_with(step);
  }

  /// Begins one and returns when it is at this step, or past it.
  [[nodiscard]] std::unique_ptr<Process> begin_until(const std::string& step) const {
    const std::size_t saved = count("migration of stream S: saved");
    const std::size_t proved = count("migration of stream S: proved");
    auto command =
        std::make_unique<Process>(ProcessOptions{.command = {entrypoint(), "migrate", "S", "--yes"},
                                                 .environment = broker_->environment(),
                                                 .directory = directory_->path()});
    EXPECT_TRUE(wait_until(patience(),
                           [&] {
                             return count("migration of stream S: saved") > saved &&
                                    (is_at(step) ||
                                     count("migration of stream S: proved") > proved);
                           }))
        << command->output() << broker_->output();
    return command;
  }
};

TEST_P(MigrateRestartTest, ARestartWhileTheBackupIsTriedOutGoesOnWithIt) {
  const StreamContent before = prepare("file", kManyConsumers, true);
  const pid_t pid = broker_->pid();
  const std::size_t rounds = number_from("UNIFIED_MIGRATE_RESTARTS", 3);
  for (std::size_t round = 0; round < rounds && !HasFailure(); ++round) {
    const std::size_t moved = count("stream S was migrated");
    const auto command =
        begin_until(round % 2 == 0 ? "trying the backup out" : "reading the backup");

    const Finished restarted = broker_->command({"restart"}, 60s);

    EXPECT_EQ(restarted.status, 0) << round << restarted.output << broker_->output();
    EXPECT_TRUE(wait_until(patience(), [&] { return count("stream S was migrated") > moved; }))
        << round << broker_->output();
    ASSERT_TRUE(broker_->wait_ready(patience())) << round << broker_->output();
    EXPECT_EQ(broker_->pid(), pid);
    EXPECT_EQ(now(true), before) << round << broker_->output();
    const int is = config()["max_consumers"];
    (void)declare_stream(*directory_, "file", is == kFewConsumers ? kManyConsumers : kFewConsumers);
    EXPECT_EQ(broker_->command({"reload"}).status, 1);
  }
  EXPECT_EQ(broker_->stop(), 0);
}

INSTANTIATE_TEST_SUITE_P(Servers,
                         MigrateRestartTest,
                         testing::Values("bookworm", "trixie"),
                         [](const auto& each) { return std::string{each.param}; });

}  // namespace
}  // namespace unified::test
