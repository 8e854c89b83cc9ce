#include "jetstream/pauses.h"

#include <gtest/gtest.h>

#include "jetstream/rfc3339.h"

namespace unified::jetstream {
namespace {

constexpr std::int64_t kHour = 3600 * kSecondNs;

TEST(PausesTest, AreReadAsTheyWereWritten) {
  const Pauses written{{"X", {1 * kHour, 2 * kHour, "\"quoted\" 中文"}},
                       {"Y", {kHour + 1, 3 * kHour, ""}}};

  const auto read = parse_pauses(to_json_text(written));

  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(to_json_text(*read), to_json_text(written));
  EXPECT_EQ(read->at("X").reason, "\"quoted\" 中文");
  EXPECT_EQ(read->at("Y").since_unix_ns, kHour + 1);
}

TEST(PausesTest, WhatIsNoListOfPausesIsAnError) {
  for (const char* text : {"", "{", "{}", "[]", R"({"paused":[1]})", R"({"paused":{"X":{}}})",
                           R"({"paused":{"X":{"since":"today","until":"tomorrow","reason":""}}})"})
    EXPECT_FALSE(parse_pauses(text)) << text;
}

TEST(PausesTest, TellTheirEndAndReason) {
  EXPECT_EQ(describe({0, kHour + 5, "disk is replaced"}),
            "is paused until 1970-01-01T01:00:00Z: disk is replaced");
  EXPECT_EQ(describe({0, kHour, ""}), "is paused until 1970-01-01T01:00:00Z");
}

TEST(PausesTest, EndByTheClock) {
  Pauses pauses{{"X", {0, kHour, ""}}, {"Y", {0, 2 * kHour, ""}}};
  EXPECT_EQ(next_end(pauses), kHour);
  EXPECT_TRUE(drop_ended(pauses, kHour - 1).empty());
  EXPECT_EQ(drop_ended(pauses, kHour), std::vector<std::string>{"X"});
  EXPECT_EQ(next_end(pauses), 2 * kHour);
  EXPECT_EQ(drop_ended(pauses, 9 * kHour), std::vector<std::string>{"Y"});
  EXPECT_EQ(next_end(pauses), std::nullopt);
}

}  // namespace
}  // namespace unified::jetstream
