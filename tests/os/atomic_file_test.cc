#include "os/atomic_file.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>

#include <gtest/gtest.h>

#include "os/file_text.h"
#include "temp_directory.h"

namespace unified::os {
namespace {

namespace fs = std::filesystem;

mode_t mode_of(const std::string& path) {
  struct stat info{};
  EXPECT_EQ(::lstat(path.c_str(), &info), 0) << path;
  return info.st_mode & 07777U;
}

std::size_t entries(const std::string& directory) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator{directory}, fs::directory_iterator{}));
}

TEST(AtomicFileTest, WritesAllWithExactlyTheMode) {
  const TempDirectory directory;
  const std::string path = directory.path() + "/nats.conf";
  const std::string content = std::string(300'000, 'x') + '\0' + "end";
  const mode_t before = ::umask(0077);

  const auto written = write_file_atomically(path, content, 0644);

  ::umask(before);
  ASSERT_TRUE(written) << written.error().message;
  EXPECT_EQ(*read_text_file(path), content);
  EXPECT_EQ(mode_of(path), 0644U);
  EXPECT_EQ(entries(directory.path()), 1U);
}

TEST(AtomicFileTest, ReplacesTheFileAndItsMode) {
  const TempDirectory directory;
  const std::string path = directory.write("file", "old and longer", 0666);
  const std::string hard_link = directory.path() + "/link";
  fs::create_hard_link(path, hard_link);

  ASSERT_TRUE(write_file_atomically(path, "new", 0600));

  EXPECT_EQ(*read_text_file(path), "new");
  EXPECT_EQ(mode_of(path), 0600U);
  EXPECT_EQ(*read_text_file(hard_link), "old and longer");  // never written in place
}

TEST(AtomicFileTest, ReplacesASymbolicLinkAndLeavesItsTarget) {
  const TempDirectory directory;
  const std::string target = directory.write("target", "untouched");
  const std::string path = directory.path() + "/link";
  fs::create_symlink(target, path);

  ASSERT_TRUE(write_file_atomically(path, "new", 0600));

  EXPECT_FALSE(fs::is_symlink(path));
  EXPECT_EQ(*read_text_file(target), "untouched");
}

TEST(AtomicFileTest, LeavesNothingBehindAfterAFailure) {
  const TempDirectory directory;
  fs::create_directories(directory.path() + "/taken/inside");

  const auto written = write_file_atomically(directory.path() + "/taken", "x", 0600);

  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().message, "cannot write " + directory.path() + "/taken: is a directory");
  EXPECT_EQ(entries(directory.path()), 1U);
}

TEST(AtomicFileTest, SaysWhichFileAndWhy) {
  const TempDirectory directory;
  const std::string path = directory.path() + "/absent/file";

  const auto written = write_file_atomically(path, "x", 0600);

  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().message, "cannot write " + path + ": no such file or directory");
}

TEST(AtomicFileTest, AShortWriteLeavesTheOldFileAndNothingElse) {
  const TempDirectory directory;
  const std::string path = directory.write("file", "old");
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit small{.rlim_cur = 1000, .rlim_max = before.rlim_max};
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);

  const auto written = write_file_atomically(path, std::string(5000, 'x'), 0600);

  ::setrlimit(RLIMIT_FSIZE, &before);
  static_cast<void>(std::signal(SIGXFSZ, handler));
  EXPECT_FALSE(written);
  EXPECT_EQ(*read_text_file(path), "old");
  EXPECT_EQ(entries(directory.path()), 1U);
}

}  // namespace
}  // namespace unified::os
