#include "os/store_scan.h"

#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace unified::os {
namespace {

namespace fs = std::filesystem;

class StoreScanTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "unified-scan-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
  }
  void TearDown() override { fs::remove_all(root_); }

  void add_stream(const std::string& account, const std::string& name, const std::string& file) {
    const fs::path folder = root_ / "jetstream" / account / "streams" / name;
    fs::create_directories((folder / file).parent_path());
    std::ofstream{folder / file} << "{\"name\":\"" << name << "\"}";
  }

  fs::path root_;
};

TEST_F(StoreScanTest, AMissingStoreHasNoStreams) {
  const auto found = scan_store(root_ / "nowhere");

  ASSERT_TRUE(found);
  EXPECT_TRUE(found->empty());
}

TEST_F(StoreScanTest, FindsStreamsOfEveryAccountAndTellsEncryptedOnesApart) {
  add_stream("$G", "PLAIN", "meta.inf");
  add_stream("APP", "SECRET", "meta.key");

  const auto found = scan_store(root_);

  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 2U);
  EXPECT_EQ((*found)[0].account, "$G");
  EXPECT_EQ((*found)[0].config_json, "{\"name\":\"PLAIN\"}");
  EXPECT_FALSE((*found)[0].encrypted);
  EXPECT_EQ((*found)[1].name, "SECRET");
  EXPECT_TRUE((*found)[1].encrypted);
  EXPECT_EQ((*found)[1].config_json, "");
}

TEST_F(StoreScanTest, SeesAccountsThatNatsServerHasYetToMove) {
  fs::create_directories(root_ / "$G/streams/OLD");
  std::ofstream{root_ / "$G/streams/OLD/meta.inf"} << "{}";
  fs::create_directories(root_ / "lost+found");

  const auto found = scan_store(root_);

  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 1U);
  EXPECT_EQ(found->front().folder, root_ / "$G/streams/OLD");
  EXPECT_TRUE(stream_evidence(root_, "OLD"));
}

TEST_F(StoreScanTest, PassesOverTheHiddenFolderOfADeletedStream) {
  add_stream("$G", ".GONE", "meta.inf");

  const auto found = scan_store(root_);

  ASSERT_TRUE(found);
  EXPECT_TRUE(found->empty());
}

TEST_F(StoreScanTest, FindsEvidenceOfAStreamInWhateverAccount) {
  add_stream("APP", "HERE", "meta.inf");

  EXPECT_TRUE(stream_evidence(root_, "HERE"));
  EXPECT_FALSE(stream_evidence(root_, "THERE"));
  EXPECT_GT(bytes_below((root_ / "jetstream").string()), 0);
}

TEST_F(StoreScanTest, ACreateThatWasCutOffIsNamedWithWhatIsMissing) {
  add_stream("$G", "WHOLE", "meta.inf");
  add_stream("$G", "WHOLE", "meta.sum");
  add_stream("$G", "NO_SUM", "meta.inf");
  add_stream("$G", "NOTHING", "msgs/1.blk");
  add_stream("$G", "EMPTY", "meta.sum");
  std::ofstream{root_ / "jetstream/$G/streams/EMPTY/meta.inf"};

  const auto found = half_made_streams(root_);

  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 3U);
  EXPECT_EQ((*found)[0].what, "meta.inf is empty");
  EXPECT_EQ((*found)[1].what, "meta.inf is missing");
  EXPECT_EQ((*found)[2].what, "meta.sum is missing");
  EXPECT_TRUE((*found)[2].folder.ends_with("/NO_SUM"));
  EXPECT_FALSE((*found)[0].holds_messages);
  EXPECT_TRUE((*found)[1].holds_messages);
  EXPECT_FALSE((*found)[2].holds_messages);
}

TEST_F(StoreScanTest, AFolderThatNothingWasEverWrittenToIsNoEvidence) {
  const fs::path folder = root_ / "jetstream/$G/streams/HOLLOW";
  fs::create_directories(folder / "msgs");
  std::ofstream{folder / "meta.inf"};
  std::ofstream{folder / "msgs/1.blk"};
  EXPECT_FALSE(stream_evidence(root_, "HOLLOW"));

  std::ofstream{folder / "msgs/1.blk"} << "m";
  EXPECT_TRUE(stream_evidence(root_, "HOLLOW"));
}

}  // namespace
}  // namespace unified::os
