#include "jetstream/restore_memory.h"

#include <gtest/gtest.h>

namespace unified::jetstream {
namespace {

constexpr std::int64_t kMiB = std::int64_t{1} << 20;
constexpr std::int64_t kGiB = 1024 * kMiB;

RestoreTask of(ServerVersion version, std::int64_t bytes) {
  return {.version = version, .stream_bytes = bytes};
}
MemoryRoom machine_with(std::int64_t bytes) {
  return {.free = bytes, .limit = 0};
}

TEST(RestoreMemoryTest, ServersBefore211NeedLittleWhateverTheStreamIs) {
  for (const ServerVersion version : {ServerVersion{2, 9, 10}, ServerVersion{2, 10, 27}}) {
    EXPECT_FALSE(restore_refusal(of(version, 100 * kGiB), machine_with(64 * kMiB)));
    EXPECT_TRUE(restore_refusal(of(version, 1), machine_with(64 * kMiB - 1)));
  }
}

TEST(RestoreMemoryTest, LaterOnesNeedAGibibyteForTheProof) {
  for (const ServerVersion version : {ServerVersion{2, 11, 0}, ServerVersion{2, 15, 1}}) {
    EXPECT_FALSE(restore_refusal(of(version, 1), machine_with(kGiB)));
    const auto refused = restore_refusal(of(version, 1), {.free = kGiB / 2, .limit = 2 * kGiB});
    ASSERT_TRUE(refused);
    EXPECT_EQ(*refused,
              "not enough memory to prove it: 512.0 MiB are free below the memory limit of "
              "2.0 GiB, 1.0 GiB are needed for a second nats-server " +
                  to_text(version));
  }
}

TEST(RestoreMemoryTest, TheRestoreNeedsSevenTenthsOfTheStream) {
  const RestoreTask task = of({2, 15, 1}, 10 * kGiB);
  EXPECT_FALSE(restore_refusal(task, machine_with(7 * kGiB)));
  const auto refused = restore_refusal(task, machine_with(6 * kGiB));
  ASSERT_TRUE(refused);
  EXPECT_EQ(*refused,
            "not enough memory to put it in place: 6.0 GiB are free on this machine, and "
            "nats-server 2.15.1 needs 7.0 GiB for a stream of 10.0 GiB");
}

TEST(RestoreMemoryTest, WhatIsLoadedMessageByMessageNeedsOnlyTheProof) {
  RestoreTask task = of({2, 15, 1}, 10 * kGiB);
  task.restores = false;
  EXPECT_FALSE(restore_refusal(task, machine_with(kGiB)));
}

TEST(RestoreMemoryTest, AStreamThatIsKeptInMemoryNeedsItsSizeBesides) {
  RestoreTask task = of({2, 15, 1}, 10 * kGiB);
  task.into_memory = true;
  EXPECT_EQ(restore_needs(task).live, 17 * kGiB);
  task.version = {2, 10, 27};
  task.restores = false;
  EXPECT_EQ(restore_needs(task).live, 10 * kGiB);
}

TEST(RestoreMemoryTest, TheSecondServersLimitIsBelowWhatIsFree) {
  EXPECT_EQ(proof_memory_limit({.free = 10 * kGiB, .limit = 0}), 8 * kGiB);
  EXPECT_EQ(proof_memory_limit({.free = 0, .limit = kGiB}), 64 * kMiB);
}

}  // namespace
}  // namespace unified::jetstream
