#include "os/trial_write.h"

#include <sys/resource.h>

#include <atomic>
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

TEST(TrialWriteTest, ASyncedWriteLeavesNothingBehind) {
  const TempDirectory folder;

  std::atomic<TrialStage> stage = TrialStage::kWriting;
  EXPECT_TRUE(try_synced_write(folder.path(), 0, stage));
  EXPECT_TRUE(try_synced_write(folder.path(), std::int64_t{16} << 20, stage));
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(TrialWriteTest, ARefusedWriteNamesTheFolderAndTheErrorOfTheKernel) {
  std::atomic<TrialStage> stage = TrialStage::kWriting;
  const auto written = try_synced_write("/proc/self", 0, stage);

  ASSERT_FALSE(written);
  EXPECT_NE(written.error().message.find("/proc/self"), std::string::npos);
  EXPECT_NE(written.error().message.find("(E"), std::string::npos) << written.error().message;
  EXPECT_FALSE(written.error().is_ours);
}

TEST(TrialWriteTest, WantOfDescriptorsOfOurOwnSaysNothingAboutTheFileSystem) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "UBSan looks at objects through descriptors of its own";
#endif
  const TempDirectory folder;
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none{.rlim_cur = 0, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  std::atomic<TrialStage> stage = TrialStage::kWriting;

  const auto written = try_synced_write(folder.path(), 0, stage);

  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_FALSE(written);
  EXPECT_TRUE(written.error().is_ours) << written.error().message;
}

}  // namespace
}  // namespace unified::os
