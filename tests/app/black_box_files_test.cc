#include "app/black_box_files.h"

#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <filesystem>

#include <gtest/gtest.h>

#include "os/file_text.h"

namespace unified::app {
namespace {

namespace fs = std::filesystem;

class BlackBoxFilesTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "unified-black-box-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    root_ = name;
    fs::create_directories(root_ / "run");
    fs::create_directories(root_ / "store");
  }
  void TearDown() override { fs::remove_all(root_); }

  [[nodiscard]] BlackBoxPlaces places() const {
    return {(root_ / "run").string(), (root_ / "store").string()};
  }
  static FlightRecord record(int second) {
    FlightRecord record;
    record.at = std::chrono::system_clock::time_point{std::chrono::seconds{1800000000 + second}};
    record.evidence.incident.incarnation = 1;
    record.evidence.incident.exit = supervise::ExitStatus::signaled(SIGKILL);
    record.cause = find_cause(record.evidence);
    record.cause.text = "cause " + std::to_string(second);
    return record;
  }
  static Result<std::string> keep(const BlackBoxPlaces& places, const FlightRecord& record) {
    (void)keep_in_store(places, file_of(record));
    return keep_in_run_dir(places, file_of(record));
  }
  static std::size_t count(const fs::path& folder) {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator{folder}, fs::directory_iterator{}));
  }

  fs::path root_;
};

TEST_F(BlackBoxFilesTest, KeepsTheNewest20InBothPlaces) {
  for (int i = 0; i < 25; ++i)
    ASSERT_TRUE(keep(places(), record(i)));
  EXPECT_EQ(count(root_ / "run/black-box"), 20U);
  EXPECT_EQ(count(root_ / "store/unified-nats-black-box"), 20U);
  const auto newest = newest_record(places());
  ASSERT_TRUE(newest);
  EXPECT_EQ((*newest)["cause"], "cause 24");
  EXPECT_EQ((*newest)["at"], "2027-01-15T08:00:24.000Z");
}

TEST_F(BlackBoxFilesTest, TheStoresCopyIsReadWhenRunDirIsNew) {
  ASSERT_TRUE(keep(places(), record(3)));
  fs::remove_all(root_ / "run/black-box");
  const auto newest = newest_record(places());
  ASSERT_TRUE(newest);
  EXPECT_EQ((*newest)["cause"], "cause 3");
}

TEST_F(BlackBoxFilesTest, FilesArePrivateAndComplete) {
  const auto path = keep(places(), record(3));
  ASSERT_TRUE(path);
  struct stat info{};
  ASSERT_EQ(::stat(path->c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
  ASSERT_EQ(::stat((root_ / "run/black-box").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0700U);
  const auto body = nlohmann::json::parse(*os::read_text_file(*path));
  EXPECT_EQ(body["schema"], 1);
  EXPECT_EQ(body["exit"]["signal"], SIGKILL);
  EXPECT_EQ(body["kind"], "crash");
}

TEST_F(BlackBoxFilesTest, AStoreThatIsNotThereIsNotMade) {
  BlackBoxPlaces places{(root_ / "run").string(), (root_ / "nowhere").string()};
  EXPECT_FALSE(keep_in_store(places, file_of(record(1))));
  EXPECT_FALSE(fs::exists(root_ / "nowhere"));
}

TEST_F(BlackBoxFilesTest, OneIsBoundedWhateverTheServerWrote) {
  FlightRecord big = record(1);
  big.stacks.assign(400, std::string(256, '\x01'));
  big.lines.assign(400, {1, big.at, observe::Source::kServer, std::string(1024, '\xff')});
  EXPECT_LE(to_text(big).size(), 512U * 1024);
  EXPECT_TRUE(nlohmann::json::accept(to_text(big)));
}

TEST(FlightRecordTest, KeepsNumbersOfTheServerAndNoConfiguration) {
  const auto seen =
      varz_in_short(R"({"version":"2.10.27","mem":12,"auth":{"pass":"x"},"connect_urls":["a"]})");
  EXPECT_EQ(seen.dump(), R"({"version":"2.10.27","mem":12})");
  EXPECT_TRUE(varz_in_short("nothing").is_null());
  EXPECT_EQ(jsz_in_short(R"({"streams":3,"config":{"store_dir":"/x"},"api":{"total":1}})").dump(),
            R"({"streams":3,"api":{"total":1}})");
}

}  // namespace
}  // namespace unified::app
