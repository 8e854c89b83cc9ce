#include "observe/log_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "support/wait_until.h"

namespace unified::observe {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

class LogFileTest : public testing::Test {
 protected:
  LogFileTest() {
    std::string pattern = (fs::temp_directory_path() / "log-file-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~LogFileTest() override { fs::remove_all(folder_); }

  [[nodiscard]] std::string path(const std::string& name = "nats.log") const {
    return (folder_ / name).string();
  }
  [[nodiscard]] std::string content(const std::string& name = "nats.log") const {
    std::ifstream file{path(name)};
    return {std::istreambuf_iterator<char>{file}, {}};
  }
  [[nodiscard]] std::unique_ptr<LogFile> open(std::int64_t max_bytes = 1'000'000,
                                              int max_files = 3) const {
    auto file = LogFile::open({path(), max_bytes, max_files});
    return file ? *std::move(file) : nullptr;
  }

  fs::path folder_;
};

TEST_F(LogFileTest, AppendsToWhatWasThereAndIsNotForOthers) {
  ASSERT_TRUE(open()->append("one\n"));
  ASSERT_TRUE(open()->append("two\n"));

  EXPECT_EQ(content(), "one\ntwo\n");
  struct stat info{};
  ASSERT_EQ(::stat(path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0640U);
}

TEST_F(LogFileTest, IsRotatedByWholeLinesAndKeepsAsManyFilesAsAsked) {
  const auto file = open(10, 3);
  for (const char* line : {"aaaa\n", "bbbb\n", "cccc\n", "dddd\n", "eeee\n", "ffff\n", "gggg\n"})
    ASSERT_TRUE(file->append(line));

  EXPECT_EQ(content(), "gggg\n");
  EXPECT_EQ(content("nats.1.log"), "eeee\nffff\n");
  EXPECT_EQ(content("nats.2.log"), "cccc\ndddd\n");
  EXPECT_FALSE(fs::exists(path("nats.3.log")));
}

TEST_F(LogFileTest, SeveralLinesAtOnceAreRotatedAsOneByOne) {
  const auto file = open(10, 3);
  ASSERT_TRUE(file->append("aaaa\nbbbb\ncccc\ndddd\neeee\n"));
  ASSERT_TRUE(file->append("end"));

  EXPECT_EQ(content(), "eeee\nend");
  EXPECT_EQ(content("nats.1.log"), "cccc\ndddd\n");
  EXPECT_EQ(content("nats.2.log"), "aaaa\nbbbb\n");
}

TEST_F(LogFileTest, OneFileAloneIsBegunAnew) {
  const auto file = open(10, 1);
  for (const char* line : {"aaaa\n", "bbbb\n", "cccc\n"})
    ASSERT_TRUE(file->append(line));

  EXPECT_EQ(content(), "cccc\n");
  EXPECT_FALSE(fs::exists(path("nats.1.log")));
}

TEST_F(LogFileTest, GoesOnInANewFileWhenThisOneWasMovedAway) {
  const auto file = open();
  ASSERT_TRUE(file->append("old\n"));
  fs::rename(path(), path("moved"));
  ASSERT_TRUE(file->append("still there\n"));

  file->reopen();
  ASSERT_TRUE(file->append("new\n"));

  EXPECT_EQ(content("moved"), "old\nstill there\n");
  EXPECT_EQ(content(), "new\n");
}

TEST_F(LogFileTest, ADeviceIsWrittenToAndNeverRenamed) {
  auto file = LogFile::open({"/dev/null", 1, 3});
  ASSERT_TRUE(file);
  EXPECT_TRUE((*file)->append("a line that is longer than the limit\n"));
  EXPECT_TRUE((*file)->append("another\n"));
  EXPECT_FALSE(fs::exists("/dev/null.1"));
}

TEST_F(LogFileTest, ALinkIsFollowedAndNeverRenamed) {
  std::ofstream{path("elsewhere")} << "";
  fs::create_symlink(path("elsewhere"), path());
  const auto file = open(5, 3);
  ASSERT_TRUE(file->append("aaaa\n"));
  ASSERT_TRUE(file->append("bbbb\n"));

  EXPECT_EQ(content("elsewhere"), "aaaa\nbbbb\n");
  EXPECT_TRUE(fs::is_symlink(path()));
}

TEST_F(LogFileTest, AFailedRotationLosesLinesUntilThereIsAFileAgain) {
  const auto file = open(20, 2);
  ASSERT_TRUE(file->append("0123456789012345678\n"));
  fs::remove(path());
  fs::create_directory(path());  // nothing can be opened there, nor moved away
  fs::create_directories(path("nats.1.log") + "/full");

  EXPECT_FALSE(file->append("a line too many, longer than the limit\n"));
  EXPECT_FALSE(file->append("x\n"));
}

TEST_F(LogFileTest, AFullDiskLosesTheLineAndSaysSo) {
  auto file = LogFile::open({"/dev/full", 1000, 3});
  ASSERT_TRUE(file);
  EXPECT_FALSE((*file)->append("lost\n"));
  EXPECT_FALSE((*file)->append("lost, too\n"));
}

TEST_F(LogFileTest, APipeWithoutAReaderHoldsNobodyUp) {
  const std::string pipe = path("pipe");
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const auto file = LogFile::open_later({.path = pipe, .max_bytes = 1000}, "no reader yet");

  EXPECT_TRUE(test::wait_until(5s, [&] {
    (void)file->append("a line\n");  // it would wait for a reader for ever
    return file->problem().find("cannot open") != std::string::npos;
  })) << file->problem();

  const int reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  EXPECT_TRUE(test::wait_until(5s, [&] { return file->append("a line\n"); })) << file->problem();
  ::close(reader);
}

TEST_F(LogFileTest, WhatCanNotBeOpenedIsToldWithItsCause) {
  const auto file = LogFile::open({path("no/such/folder"), 1000, 3});
  ASSERT_FALSE(file);
  EXPECT_NE(file.error().message.find("no such file"), std::string::npos) << file.error().message;
}

}  // namespace
}  // namespace unified::observe
