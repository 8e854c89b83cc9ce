#include "os/trial_write.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "temp_directory.h"

namespace unified::os {
namespace {

TEST(TrialWriteTest, AWriteThatFitsLeavesNothingBehind) {
  const TempDirectory folder;

  EXPECT_EQ(refuses_write(folder.path(), 1'000'000), false);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(TrialWriteTest, AnotherErrorTellsNothingAboutRoom) {
  EXPECT_EQ(refuses_write("/nonexistent", 1), std::nullopt);
}

}  // namespace
}  // namespace unified::os
