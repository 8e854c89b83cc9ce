#include "supervise/backoff.h"

#include <rapidcheck.h>

#include <limits>
#include <vector>

#include <gtest/gtest.h>

namespace unified::supervise {
namespace {

using std::chrono::milliseconds;

TEST(BackoffTest, DoublesFromHalfASecondToThirty) {
  const std::vector<int> expected{500, 1000, 2000, 4000, 8000, 16000, 30000, 30000};
  for (std::size_t i = 0; i < expected.size(); ++i)
    EXPECT_EQ(backoff_delay(static_cast<int>(i), 0), milliseconds{expected[i]}) << "attempt " << i;
}

TEST(BackoffTest, JitterShiftsByTenPercent) {
  EXPECT_EQ(backoff_delay(1, 1), milliseconds{1100});
  EXPECT_EQ(backoff_delay(1, -1), milliseconds{900});
  EXPECT_EQ(backoff_delay(1, 0.5), milliseconds{1050});
}

TEST(BackoffTest, SurvivesNonsense) {
  EXPECT_EQ(backoff_delay(-3, 0), milliseconds{500});
  EXPECT_EQ(backoff_delay(0, 100), milliseconds{550});
  EXPECT_EQ(backoff_delay(0, std::numeric_limits<double>::quiet_NaN()), milliseconds{500});
}

TEST(BackoffTest, StaysWithinBoundsForAnyAttempt) {
  EXPECT_TRUE(rc::check("bounds", [](int attempt) {
    const double jitter = *rc::gen::inRange(-100, 101) / 100.0;
    const auto delay = backoff_delay(attempt, jitter);
    RC_ASSERT(delay >= milliseconds{450});
    RC_ASSERT(delay <= milliseconds{33000});
  }));
}

}  // namespace
}  // namespace unified::supervise
