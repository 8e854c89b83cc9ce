#include "health/disk_room.h"

#include <gtest/gtest.h>

namespace unified::health {
namespace {

constexpr std::int64_t kMiB = std::int64_t{1} << 20;

DiskFacts disk(std::int64_t free, std::int64_t total) {
  return {.free_bytes = free, .total_bytes = total, .free_inodes = 1000, .total_inodes = 2000};
}

TEST(DiskRoomTest, KnowsTheWordsOfTheServers) {
  EXPECT_TRUE(
      tells_of_no_room("JetStream failed to store a msg on stream '$G > F': write "
                       "/s/3.blk: no space left on device"));  // 2.10, 2.15
  EXPECT_TRUE(
      tells_of_no_room("Filestore [F] Critical write error: write /s/3.blk: no space left "
                       "on device"));  // 2.15
  EXPECT_TRUE(tells_of_no_room("write /s/3.blk: disk quota exceeded"));
  EXPECT_FALSE(tells_of_no_room("JetStream resource limits exceeded for server"));
}

TEST(DiskRoomTest, TheServersWordAloneIsNotEnough) {
  EXPECT_EQ(judge({.server_said = true}), RoomVerdict::kRoom);
  EXPECT_EQ(judge({.server_said = true, .disk = disk(0, 20 * kMiB)}), RoomVerdict::kFull);
  EXPECT_EQ(judge({.server_said = true, .disk = disk(9 * kMiB, 20 * kMiB), .refused_us = true}),
            RoomVerdict::kFull);
}

TEST(DiskRoomTest, RoomThatCameBackMeanwhileStillNeedsAStart) {
  EXPECT_EQ(judge({.server_said = true, .disk = disk(9 * kMiB, 20 * kMiB), .refused_us = false}),
            RoomVerdict::kWasFull);
}

TEST(DiskRoomTest, ASilentJetStreamCountsOnlyOnAFullDisk) {
  EXPECT_EQ(judge({.jetstream_silent = true, .disk = disk(0, 20 * kMiB)}), RoomVerdict::kFull);
  EXPECT_EQ(
      judge({.jetstream_silent = true, .disk = disk(9 * kMiB, 20 * kMiB), .refused_us = false}),
      RoomVerdict::kRoom);
}

TEST(DiskRoomTest, AFullDiskAloneIsNoReasonToStop) {
  EXPECT_EQ(judge({.disk = disk(0, 20 * kMiB), .refused_us = true}), RoomVerdict::kRoom);
}

TEST(DiskRoomTest, WithoutAnInodeItIsFull) {
  DiskFacts facts = disk(9 * kMiB, 20 * kMiB);
  facts.free_inodes = 0;
  EXPECT_TRUE(is_full(facts));
  EXPECT_FALSE(has_room(facts));
  facts.free_inodes = -1;  // not counted
  facts.total_inodes = 0;
  EXPECT_FALSE(is_full(facts));
  EXPECT_TRUE(has_room(facts));
}

TEST(DiskRoomTest, EnoughIsMoreThanWhatIsUsedUpAtOnce) {
  EXPECT_FALSE(has_room(disk(63 * kMiB, 1000 * kMiB)));
  EXPECT_TRUE(has_room(disk(64 * kMiB, 1000 * kMiB)));
  EXPECT_FALSE(has_room(disk(999 * kMiB, 100'000 * kMiB)));  // 1 %
  EXPECT_TRUE(has_room(disk(5 * kMiB, 20 * kMiB)));          // a quarter of a small one
  EXPECT_FALSE(has_room(disk(4 * kMiB, 20 * kMiB)));
}

}  // namespace
}  // namespace unified::health
