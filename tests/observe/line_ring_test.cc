#include "observe/line_ring.h"

#include <gtest/gtest.h>

#include "observe/log.h"

namespace unified::observe {
namespace {

const std::chrono::system_clock::time_point kNow{std::chrono::seconds{1000}};

TEST(LineRingTest, KeepsTheLast200LinesOfEachSource) {
  LineRing ring;
  ring.add(Source::kSupervisor, kNow, "ours");
  for (int i = 1; i <= 500; ++i)
    ring.add(Source::kServer, kNow, std::to_string(i));
  const auto lines = ring.after(0);
  ASSERT_EQ(lines.size(), 201U);
  EXPECT_EQ(lines.front().text, "ours");
  EXPECT_EQ(lines[1].text, "301");
  EXPECT_EQ(lines.back().text, "500");
  EXPECT_EQ(lines.back().seq, 501U);
  EXPECT_EQ(ring.last(), 501U);
}

TEST(LineRingTest, GivesAFollowerOnlyWhatItHasNotSeen) {
  LineRing ring;
  ring.add(Source::kServer, kNow, "a");
  ring.add(Source::kSupervisor, kNow, "b");
  ring.add(Source::kServer, kNow, "c");
  const auto lines = ring.after(1);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].text, "b");
  EXPECT_EQ(lines[0].source, Source::kSupervisor);
  EXPECT_EQ(lines[1].text, "c");
  EXPECT_TRUE(ring.after(3).empty());
  EXPECT_EQ(LineRing{}.last(), 0U);
}

TEST(LineRingTest, CutsLongLines) {
  LineRing ring;
  ring.add(Source::kServer, kNow, std::string(5000, 'x'));
  EXPECT_EQ(ring.after(0).front().text.size(), LineRing::kLineBytes);
}

TEST(LineRingTest, TheLogFeedsItWithScrubbedLinesThatItWrites) {
  LogOptions options;
  options.scrubber = Scrubber{{"hunter2hunter2"}};
  const auto log = Log::create(std::move(options));
  ASSERT_TRUE(log);
  (*log)->debug("below the level");
  (*log)->warn("password hunter2hunter2");
  (*log)->server_line("[1] [INF] hunter2hunter2");
  const auto lines = (*log)->recent().after(0);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].text, "WARNING  password ***");
  EXPECT_EQ(lines[1].source, Source::kServer);
  EXPECT_EQ(lines[1].text.find("hunter2"), std::string::npos);
}

}  // namespace
}  // namespace unified::observe
