#include "base/scrub.h"

#include <gtest/gtest.h>

namespace unified {
namespace {

TEST(ScrubTest, TakesSecretsOut) {
  const Scrubber scrubber{{"hunter2!", "hunter2!longer", "ab", ""}};

  EXPECT_EQ(scrubber.scrub("old=hunter2!, new=hunter2!longer"), "old=***, new=***");
  EXPECT_EQ(scrubber.scrub("xhunter2!x"), "x***x");
}

TEST(ScrubTest, TakesShortSecretsOutOnlyAsWholeWords) {
  const Scrubber scrubber{{"ab"}};

  EXPECT_EQ(scrubber.scrub("ab, cab, ab_c, (ab)"), "***, cab, ab_c, (***)");
}

TEST(ScrubTest, TakesUserinfoOutOfEveryUrl) {
  const std::vector<std::pair<std::string, std::string>> table{
      {"nats://u:p@h:1", "nats://***@h:1"},
      {"nats://token@h", "nats://***@h"},
      {"a nats://u:p@h,tls://x:y@g b", "a nats://***@h,tls://***@g b"},
      {"nats://u:p@q@h", "nats://***@h"},
      {"nats://app:Sup3r/Tail@h", "nats://***@h"},
      {"http://h/x@y", "http://***@y"},  // it may be a password with a slash
      {"nats://h", "nats://h"},
      {"://", "://"},
  };
  for (const auto& [text, clean] : table)
    EXPECT_EQ(Scrubber{}.scrub(text), clean);
}

TEST(ScrubTest, TakesTheTimeOfOneLookForALineFullOfUrls) {
  // Each "://" would be looked behind to the end of the line: minutes, where this takes
  // milliseconds.
  std::string line(std::size_t{1} << 20, '/');
  for (std::size_t at = 0; at + 3 < line.size(); at += 3)
    line[at] = ':';
  EXPECT_EQ(Scrubber{}.scrub(line), line);
  EXPECT_EQ(Scrubber{}.scrub(line + "@h").size(), std::string_view{"://***@h"}.size());
}

}  // namespace
}  // namespace unified
