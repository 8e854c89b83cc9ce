// `migrate` and memory: what it may take, and what happens without it.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/parse.h"
#include "support/entrypoint.h"
#include "support/migrate_test.h"
#include "support/wait_until.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;

/// Nothing: the process has ended.
std::optional<std::string> content_of(const std::string& path) {
  std::ifstream file{path};
  std::string text{std::istreambuf_iterator<char>{file}, {}};
  return file.bad() || text.empty() ? std::nullopt : std::optional{std::move(text)};
}

class MigrateMemoryTest : public MigrateTest {
 protected:
  /// The machine as the broker sees it (programs/bent_libc.cc).
  [[nodiscard]] Environment machine_of_file() const {
    return {{"LD_PRELOAD", test_program("bent_libc.so")},
            {"ASAN_OPTIONS", "verify_asan_link_order=0"},
            {"BEND_MEMINFO", *directory_ / "meminfo"}};
  }
  [[nodiscard]] std::string storage() const { return to_memory() ? "memory" : "file"; }
  void has_free(std::int64_t mebibytes) const {
    (void)directory_->write("meminfo.new", fmt::format("MemAvailable: {} kB\n", mebibytes * 1024));
    std::filesystem::rename(*directory_ / "meminfo.new", *directory_ / "meminfo");
  }

  /// "nice oom_score_adj GOMEMLIMIT?" of the second server, while there is one.
  [[nodiscard]] std::optional<std::string> second_server() const {
    const pid_t first = broker_->server_pid();
    for (const pid_t pid : broker_->process().others("nats-server")) {
      const std::string folder = fmt::format("/proc/{}/", pid);
      const auto score = content_of(folder + "oom_score_adj");
      const auto stat = content_of(folder + "stat");
      const auto environment = content_of(folder + "environ");
      if (pid == first || !score || !stat || !environment)
        continue;
      constexpr std::size_t kNice = 16;  // after "PID (NAME)"
      const auto fields = split_list(stat->substr(stat->rfind(')') + 2), ' ');
      return fmt::format("{} {} {}", fields.size() > kNice ? fields[kNice] : "?", trim(*score),
                         environment->find("GOMEMLIMIT=") != std::string::npos);
    }
    return std::nullopt;
  }
};

TEST_P(MigrateMemoryTest, WithoutRoomForTheProofTheStreamStaysAsItWas) {
  has_free(4096);
  const StreamContent before = prepare(storage(), kManyConsumers, true, machine_of_file());
  const bool much = server().version >= ServerVersion{2, 11, 0};
  has_free(much ? 1000 : 60);

  const Finished refused = broker_->command({"migrate", "S", "--yes"}, 60s);

  EXPECT_EQ(refused.status, 1) << refused.output;
  EXPECT_NE(refused.output.find(
                fmt::format("not enough memory to prove it: {}.0 MiB are free", much ? 1000 : 60)),
            std::string::npos)
      << refused.output;
  EXPECT_TRUE(broker_->wait_ready(20s)) << broker_->output();
  EXPECT_EQ(now(true), before);
  EXPECT_EQ(config()["subjects"], nlohmann::json::array({"s.>"}));
  has_free(much ? 1100 : 70);
  const Finished moved = broker_->command({"migrate", "S", "--yes"}, 60s);
  EXPECT_EQ(moved.status, 0) << moved.output << broker_->output();
  EXPECT_EQ(now(true), before);
}

TEST_P(MigrateMemoryTest, MemoryThatGoesMeanwhileGivesTheSubjectsBack) {
  has_free(4096);
  const StreamContent before = prepare(storage(), kManyConsumers, true, machine_of_file());

  Process command({.command = {entrypoint(), "migrate", "S", "--yes"},
                   .environment = broker_->environment(),
                   .directory = directory_->path()});
  ASSERT_TRUE(broker_->process().wait_for_output("migration of stream S: begun", 20s))
      << broker_->output();
  has_free(10);

  EXPECT_EQ(command.wait(60s), 1) << command.output();
  EXPECT_NE(command.output().find("not enough memory to prove it"), std::string::npos)
      << command.output();
  EXPECT_TRUE(broker_->wait_ready(20s)) << broker_->output();
  EXPECT_EQ(now(true), before);
  EXPECT_EQ(config()["subjects"], nlohmann::json::array({"s.>"}));
  EXPECT_TRUE(leaves_nothing());
}

TEST_P(MigrateMemoryTest, TheSecondServerStandsBack) {
  (void)prepare(storage(), kManyConsumers, true);
  Process command({.command = {entrypoint(), "migrate", "S", "--yes"},
                   .environment = broker_->environment(),
                   .directory = directory_->path()});
  std::optional<std::string> seen;

  // From its first moment on: what it is before its exec is another program.
  ASSERT_TRUE(wait_until(60s, [&] {
    seen = second_server();
    return seen.has_value();
  })) << broker_->output();

  EXPECT_EQ(*seen, "19 1000 true");
  EXPECT_EQ(command.wait(60s), 0) << command.output();
}

UNIFIED_ON_EVERY_SERVER(MigrateMemoryTest);

}  // namespace
}  // namespace unified::test
