#include "os/synced_file.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "temp_directory.h"

namespace unified::os {
namespace {

namespace fs = std::filesystem;

std::string text_in(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

TEST(SyncedFileTest, ReplacesWhatWasThereOnlyWhenItIsFinished) {
  const TempDirectory directory;
  const std::string path = directory.write("backup", "old", 0644);
  auto file = SyncedFile::create(path);
  ASSERT_TRUE(file) << file.error().message;
  ASSERT_TRUE(file->append("a"));
  ASSERT_TRUE(file->append("bc"));
  EXPECT_EQ(text_in(path), "old");

  ASSERT_TRUE(file->finish());
  EXPECT_EQ(text_in(path), "abc");
  EXPECT_FALSE(fs::exists(path + ".part"));
  struct stat info{};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777U, 0600U);
}

TEST(SyncedFileTest, OneThatEndsEarlyLeavesWhatWasThere) {
  const TempDirectory directory;
  const std::string path = directory.write("backup", "old");
  {
    auto file = SyncedFile::create(path);
    ASSERT_TRUE(file && file->append("new"));
  }
  EXPECT_EQ(text_in(path), "old");
  auto again = SyncedFile::create(path);
  ASSERT_TRUE(again && again->append("x") && again->finish());
  EXPECT_EQ(text_in(path), "x");
}

TEST(SyncedFileTest, NamesThePathThatCanNotBe) {
  const TempDirectory directory;
  const auto file = SyncedFile::create(directory.path() + "/none/backup");
  ASSERT_FALSE(file);
  EXPECT_NE(file.error().message.find("/none/backup"), std::string::npos) << file.error().message;
  const auto moved = rename_synced(directory.path() + "/none", directory.path() + "/other");
  ASSERT_FALSE(moved);
  EXPECT_NE(moved.error().message.find("/none"), std::string::npos) << moved.error().message;
}

}  // namespace
}  // namespace unified::os
