#include "cli/log_history.h"

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace unified::cli {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

/// As nats-server stamps its lines, in local time.
std::string line_at(WallTime at, const std::string& text) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(at);
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  char stamp[32];
  (void)std::strftime(stamp, sizeof stamp, "%Y/%m/%d %H:%M:%S", &parts);
  return fmt::format("[17] {}.123456 [INF] {}", stamp, text);
}

class LogHistoryTest : public testing::Test {
 protected:
  LogHistoryTest() {
    std::string pattern = (fs::temp_directory_path() / "history-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~LogHistoryTest() override { fs::remove_all(folder_); }

  void write(const std::string& name, const std::vector<std::string>& lines) {
    std::ofstream file{folder_ / name};
    for (const std::string& line : lines)
      file << line << "\n";
  }

  const WallTime now_ =
      std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
  fs::path folder_;
};

TEST_F(LogHistoryTest, KnowsTheTimeOfBothKindsOfLines) {
  EXPECT_EQ(time_of(line_at(now_, "x")), now_);
  EXPECT_EQ(time_of(R"({"time":"1970-01-02T00:00:00.500Z","level":"INFO"})"), WallTime{24h});
  EXPECT_FALSE(time_of("goroutine 1 [running]:"));
  EXPECT_FALSE(time_of("[17] [INF] without a stamp"));
  EXPECT_FALSE(time_of("{broken"));
  EXPECT_FALSE(time_of(""));
}

TEST_F(LogHistoryTest, ReadsTheRotatedFilesFromTheOldestOn) {
  write("nats.2.log", {line_at(now_ - 3h, "first"), line_at(now_ - 2h, "second")});
  write("nats.1.log", {line_at(now_ - 1h, "third")});
  write("nats.log", {line_at(now_ - 1min, "fourth"), line_at(now_, "fifth")});

  const auto lines = lines_between(folder_ / "nats.log", now_ - 150min, now_);

  ASSERT_TRUE(lines) << lines.error().message;
  ASSERT_EQ(lines->size(), 3U);
  EXPECT_NE(lines->at(0).find("second"), std::string::npos);
  EXPECT_NE(lines->at(1).find("third"), std::string::npos);
  EXPECT_NE(lines->at(2).find("fourth"), std::string::npos);
}

TEST_F(LogHistoryTest, ALineWithoutAStampGoesWithTheOneBeforeIt) {
  write("nats.log", {line_at(now_ - 2h, "old"), "its stack", line_at(now_ - 1min, "new"), "more"});
  const auto lines = lines_between(folder_ / "nats.log", now_ - 1h, now_);
  ASSERT_TRUE(lines) << lines.error().message;
  ASSERT_EQ(lines->size(), 2U);
  EXPECT_EQ(lines->at(1), "more");
}

TEST_F(LogHistoryTest, NoFileIsNoLine) {
  const auto lines = lines_between(folder_ / "nats.log", now_ - 1h, now_);
  ASSERT_TRUE(lines) << lines.error().message;
  EXPECT_TRUE(lines->empty());
}

TEST_F(LogHistoryTest, AFileThatCannotBeReadIsNoEmptyOne) {
  fs::create_symlink("nats.log", folder_ / "nats.log");  // ELOOP, for root as well

  const auto lines = lines_between(folder_ / "nats.log", now_ - 1h, now_);

  ASSERT_FALSE(lines);
  EXPECT_NE(lines.error().message.find("nats.log"), std::string::npos) << lines.error().message;
}

}  // namespace
}  // namespace unified::cli
