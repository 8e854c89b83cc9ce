#include "supervise/room_wait.h"

#include <gtest/gtest.h>

namespace unified::supervise {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint kStart{};

TEST(RoomWaitTest, WithRoomItStartsAtOnce) {
  const RoomWait wait = stopped_for_room(std::nullopt, kStart);
  EXPECT_TRUE(may_start(wait, true, kStart));
  EXPECT_FALSE(may_start(wait, false, kStart + 59s));
}

TEST(RoomWaitTest, AfterAMinuteOnlyExpiryMayFreeIt) {
  EXPECT_TRUE(may_start(stopped_for_room(std::nullopt, kStart), false, kStart + 60s));
}

TEST(RoomWaitTest, StartsOnAFullDiskBackOffToTenMinutes) {
  RoomWait wait = stopped_for_room(std::nullopt, kStart);
  TimePoint now = kStart + 60s;
  for (const auto delay : {30s, 60s, 120s, 240s, 480s, 600s, 600s}) {
    ++wait.starts_on_full;
    wait = stopped_for_room(wait, now);
    EXPECT_FALSE(may_start(wait, false, now + delay - 1s)) << delay.count();
    EXPECT_TRUE(may_start(wait, false, now + delay)) << delay.count();
    now += delay;
  }
}

TEST(RoomWaitTest, ADiskThatFillsAgainAndAgainGetsAGrowingRest) {
  RoomWait wait = stopped_for_room(std::nullopt, kStart);
  for (const auto rest : {1s, 2s, 4s, 8s, 16s, 30s, 30s}) {
    wait = stopped_for_room(wait, kStart);
    EXPECT_FALSE(may_start(wait, true, kStart + rest - 1ms)) << rest.count();
    EXPECT_TRUE(may_start(wait, true, kStart + rest)) << rest.count();
  }
}

TEST(RoomWaitTest, ItIsOverWhenThereWasRoomForAMinute) {
  const RoomWait wait = stopped_for_room(std::nullopt, kStart);
  EXPECT_FALSE(is_over(wait, true, kStart + 59s));
  EXPECT_FALSE(is_over(wait, false, kStart + 60s));
  EXPECT_TRUE(is_over(wait, true, kStart + 60s));
}

}  // namespace
}  // namespace unified::supervise
