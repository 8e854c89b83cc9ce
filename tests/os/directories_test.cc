#include "os/directories.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include <gtest/gtest.h>

#include "temp_directory.h"

namespace unified::os {
namespace {

TEST(DirectoriesTest, CreatesAllThatIsMissingAndLeavesTheRest) {
  const TempDirectory directory;
  ASSERT_EQ(::chmod(directory.path().c_str(), 0711), 0);
  const mode_t old_mask = ::umask(0);
  const auto made = make_directories(directory.path() + "/a//b/c/");
  ::umask(old_mask);
  ASSERT_TRUE(made) << made.error().message;
  for (const char* part : {"/a", "/a/b", "/a/b/c"}) {
    struct stat info{};
    ASSERT_EQ(::stat((directory.path() + part).c_str(), &info), 0) << part;
    EXPECT_EQ(info.st_mode & 07777U, 0750U) << part;
  }
  struct stat info{};
  ASSERT_EQ(::stat(directory.path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777U, 0711U);
  EXPECT_TRUE(make_directories(directory.path() + "/a"));
}

TEST(DirectoriesTest, NamesThePartThatIsInTheWay) {
  const TempDirectory directory;
  const std::string file = directory.write("file", "");
  EXPECT_EQ(make_directories(file).error().message, "cannot create " + file + ": not a directory");
  EXPECT_FALSE(make_directories(file + "/below"));
  EXPECT_FALSE(make_directories(""));
}

TEST(DirectoriesTest, WriteCheckLeavesNothingBehind) {
  const TempDirectory directory;
  EXPECT_TRUE(check_writable(directory.path()));
  EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
  EXPECT_FALSE(check_writable("/proc"));
  EXPECT_FALSE(check_writable("/nonexistent"));
}

TEST(DirectoriesTest, TellsWithoutTouchingAnythingWhetherADirectoryCouldBeMade) {
  const TempDirectory directory;
  EXPECT_TRUE(check_could_create(directory.path()));
  EXPECT_TRUE(check_could_create(directory.path() + "/not/yet/there"));
  EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
  EXPECT_FALSE(check_could_create(directory.write("file", "") + "/below"));
}

}  // namespace
}  // namespace unified::os
