#include "health/parts.h"

#include <gtest/gtest.h>

namespace unified::health {
namespace {

using namespace std::chrono_literals;

constexpr Parts::TimePoint kFirstNote{1000s};

TEST(PartsTest, AChangeIsNewsOnce) {
  Parts parts;
  EXPECT_FALSE(parts.note("log", "", kFirstNote)) << "it works, as everybody expects";
  EXPECT_TRUE(parts.note("log", "full", kFirstNote));
  EXPECT_FALSE(parts.note("log", "still full", kFirstNote + 1s));
  EXPECT_TRUE(parts.note("log", "", kFirstNote + 2s));
}

TEST(PartsTest, TellsSinceWhenAPartDoesNotWork) {
  Parts parts;
  (void)parts.note("port", "taken", kFirstNote);
  (void)parts.note("port", "still taken", kFirstNote + 60s);

  const std::vector<PartFacts> seen = parts.seen(kFirstNote + 90s);

  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(sentence(seen.front()), "port does not work: still taken (for 1m30s)");
}

TEST(PartsTest, IsTriedAgainAfterASecondAndLaterOnceAMinute) {
  EXPECT_EQ(next_start_in(1), 1s);
  EXPECT_EQ(next_start_in(2), 2s);
  EXPECT_EQ(next_start_in(100), 60s);
}

}  // namespace
}  // namespace unified::health
