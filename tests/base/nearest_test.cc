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

TEST(NearestTest, FindsWhatAWordIsShortForIfThatIsClear) {
  constexpr std::array<std::string_view, 7> kFields{
      "num_replicas",    "duplicate_window", "republish", "filter_subject",
      "filter_subjects", "ack_policy",       "ack_wait"};
  EXPECT_EQ(nearest("replicas", kFields), "num_replicas");
  EXPECT_EQ(nearest("dupe_window", kFields), "duplicate_window");
  EXPECT_EQ(nearest("filter", kFields), "filter_subject");
  EXPECT_EQ(nearest("ack", kFields), std::nullopt);
  EXPECT_EQ(nearest("replicas_of_whom", kFields), std::nullopt);
}

}  // namespace
}  // namespace unified
