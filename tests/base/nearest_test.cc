#include "base/nearest.h"

#include <array>

#include <gtest/gtest.h>

namespace unified {
namespace {

constexpr std::array<std::string_view, 3> kNames{"NATS_PORT", "NATS_HOST", "STREAM_NAME"};

TEST(NearestTest, FindsTheSmallestDistanceWhateverTheCase) {
  EXPECT_EQ(nearest("NATS_PROT", kNames), "NATS_PORT");
  EXPECT_EQ(nearest("nats_hosts", kNames), "NATS_HOST");
  EXPECT_EQ(nearest("STREAM_NAME", kNames), "STREAM_NAME");
}

TEST(NearestTest, FindsNothingFarAway) {
  EXPECT_EQ(nearest("PROMETHEUS", kNames), std::nullopt);
  EXPECT_EQ(nearest("x", kNames), std::nullopt);
  EXPECT_EQ(nearest("NATS_PORT", {}), std::nullopt);
}

}  // namespace
}  // namespace unified
