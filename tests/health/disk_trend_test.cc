#include "health/disk_trend.h"

#include <gtest/gtest.h>

namespace unified::health {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kGibi = std::int64_t{1} << 30;
constexpr std::int64_t kMebi = std::int64_t{1} << 20;

/// One sample a minute, by a function of the minute.
template <typename FreeBytes>
std::deque<DiskSample> samples(int count, FreeBytes free) {
  std::deque<DiskSample> all;
  for (int minute = 0; minute < count; ++minute)
    all.push_back({TimePoint{} + std::chrono::minutes{minute}, free(minute), 1'000'000});
  return all;
}

TEST(DiskTrendTest, ASteadyLossIsFollowedToItsEnd) {
  // 100 MiB a minute; 30 GiB are left after an hour.
  const auto left =
      forecast(samples(61, [](int m) { return 30 * kGibi + (60 - m) * 100 * kMebi; }));

  ASSERT_TRUE(left.bytes_gone_in);
  EXPECT_NEAR(static_cast<double>(left.bytes_gone_in->count()), 307.2 * 60, 60);
  EXPECT_FALSE(left.inodes_gone_in);
}

TEST(DiskTrendTest, WhatExpiryFreesNowAndThenDoesNotHideTheTrend) {
  const auto left = forecast(samples(61, [](int m) {
    return 30 * kGibi + (60 - m) * 100 * kMebi + (m % 7 == 0 ? 500 * kMebi : 0);
  }));

  EXPECT_TRUE(left.bytes_gone_in);
}

TEST(DiskTrendTest, AStableDiskHasNoEnd) {
  EXPECT_FALSE(forecast(samples(61, [](int) { return kGibi; })).bytes_gone_in);
  EXPECT_FALSE(
      forecast(samples(61, [](int m) { return kGibi + (m % 2) * 80 * kMebi; })).bytes_gone_in);
  EXPECT_FALSE(forecast(samples(61, [](int m) { return kGibi + m * kMebi; })).bytes_gone_in);
}

TEST(DiskTrendTest, ABurstThatIsOverIsNoTrend) {
  const auto burst = samples(61, [](int m) { return 30 * kGibi - std::min(m, 20) * kGibi; });
  const auto late = samples(61, [](int m) { return 30 * kGibi - (m > 55 ? kGibi : 0); });

  EXPECT_FALSE(forecast(burst).bytes_gone_in);
  EXPECT_FALSE(forecast(late).bytes_gone_in);
}

TEST(DiskTrendTest, BeyondTwoDaysNothingIsForetold) {
  // 10 KiB a minute of 30 GiB: six years.
  EXPECT_FALSE(forecast(samples(61, [](int m) { return 30 * kGibi - m * 10240; })).bytes_gone_in);
}

TEST(DiskTrendTest, AFewMinutesTellNothing) {
  EXPECT_FALSE(forecast(samples(9, [](int m) { return kGibi - m * 100 * kMebi; })).bytes_gone_in);
  EXPECT_TRUE(forecast(samples(11, [](int m) { return kGibi - m * 50 * kMebi; })).bytes_gone_in);
  EXPECT_FALSE(forecast({}).bytes_gone_in);
}

TEST(DiskTrendTest, InodesRunOutTheSameWay) {
  auto all = samples(31, [](int) { return kGibi; });
  for (std::size_t i = 0; i < all.size(); ++i)
    all[i].free_inodes = 6000 - static_cast<std::int64_t>(i) * 100;

  ASSERT_TRUE(forecast(all).inodes_gone_in);
  EXPECT_EQ(*forecast(all).inodes_gone_in, 30min);
  all[3].free_inodes = -1;  // not counted
  EXPECT_FALSE(forecast(all).inodes_gone_in);
}

TEST(DiskTrendTest, ManyLooksAMinuteAreOneSample) {
  DiskTrend trend;
  for (int second = 0; second < 2 * 3600; second += 10)
    trend.add(TimePoint{} + std::chrono::seconds{second},
              {.free_bytes = 20 * kGibi - second * kMebi, .total_bytes = 100 * kGibi});

  ASSERT_TRUE(trend.forecast().bytes_gone_in);
  EXPECT_NEAR(static_cast<double>(trend.forecast().bytes_gone_in->count()), 20 * 1024 - 7190, 5);
}

}  // namespace
}  // namespace unified::health
