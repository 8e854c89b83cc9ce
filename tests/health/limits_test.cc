#include "health/limits.h"

#include <gtest/gtest.h>

namespace unified::health {
namespace {

using namespace std::chrono_literals;
using Kind = LimitFacts::Kind;

constexpr TimePoint kStart{1000s};

LimitUse used(std::int64_t amount, std::int64_t limit = 100) {
  return {.kind = Kind::kConnections,
          .stream = "",
          .used = amount,
          .limit = limit,
          .spent = amount >= limit};
}

TEST(LimitsTest, WarnsFromNinetyPercentAndFailsWhenNothingIsLeft) {
  Limits limits;
  EXPECT_EQ(status_of(limits.note({used(89)}, kStart).front()), Status::kPass);
  EXPECT_EQ(status_of(limits.note({used(90)}, kStart).front()), Status::kWarn);
  EXPECT_EQ(status_of(limits.note({used(100)}, kStart).front()), Status::kFail);
}

TEST(LimitsTest, IsSpentUntilLessThanNinetyFivePercentWereUsedForTenSeconds) {
  SpentState state = next({}, used(100), kStart);
  EXPECT_TRUE(state.spent);
  state = next(state, used(95), kStart + 60s);
  EXPECT_TRUE(state.spent);
  state = next(state, used(94), kStart + 61s);
  EXPECT_TRUE(state.spent);
  state = next(state, used(96), kStart + 65s);
  state = next(state, used(94), kStart + 66s);
  EXPECT_TRUE(next(state, used(94), kStart + 75s).spent);
  EXPECT_FALSE(next(state, used(94), kStart + 76s).spent);
}

TEST(LimitsTest, WhatWasNeverSpentIsNotAtNinetyNinePercent) {
  EXPECT_FALSE(next({}, used(99), kStart).spent);
}

TEST(LimitsTest, ForetellsTheEnd) {
  Limits limits;
  std::vector<LimitFacts> facts;
  for (int minute = 0; minute <= 20; ++minute)
    facts = limits.note({used(700 + minute * 10, 1000)}, kStart + minute * 1min);

  ASSERT_TRUE(facts.front().full_in);
  EXPECT_EQ(*facts.front().full_in, 10min);
  EXPECT_NE(sentence(facts.front()).find("all of them in about 10 min"), std::string::npos)
      << sentence(facts.front());
}

TEST(LimitsTest, WhatIsTakenAgainIsNotCalledRefused) {
  Limits limits;
  const LimitUse full = {Kind::kFile, "", 100, 100, true};
  const LimitUse emptied = {Kind::kFile, "", 10, 100, false};

  const std::string refused = sentence(limits.note({full}, kStart).front());
  const LimitFacts after = limits.note({emptied}, kStart + 1s).front();

  EXPECT_NE(refused.find("refuses new messages"), std::string::npos) << refused;
  EXPECT_TRUE(after.spent);
  EXPECT_EQ(sentence(after).find("refuses"), std::string::npos) << sentence(after);
  EXPECT_NE(sentence(after).find("were used up"), std::string::npos) << sentence(after);
}

TEST(LimitsTest, ALimitThatIsGoneIsForgotten) {
  Limits limits;
  (void)limits.note({used(100)}, kStart);

  EXPECT_TRUE(limits.note({}, kStart + 1s).empty());
  EXPECT_FALSE(limits.note({used(94)}, kStart + 2s).front().spent);
}

TEST(LimitsTest, ReadsTheLimitsOfEveryVersion) {
  const std::vector<LimitUse> uses = limits_of_server(
      R"({"connections":5,"max_connections":5,"jetstream":{"config":{"max_memory":0,"max_storage":10},"stats":{"memory":1,"storage":9}}})");

  ASSERT_EQ(uses.size(), 2U);
  EXPECT_EQ(uses[0].kind, Kind::kConnections);
  EXPECT_TRUE(uses[0].spent);
  EXPECT_EQ(uses[1].kind, Kind::kFile);
  EXPECT_FALSE(uses[1].spent);
  EXPECT_TRUE(limits_of_server("no JSON").empty());
}

TEST(LimitsTest, OnlyStreamsThatRefuseWhenTheyAreFullCount) {
  StreamFacts stream{.name = "S",
                     .declared_subjects = {},
                     .unbound_subjects = {},
                     .present = true,
                     .messages = 10,
                     .max_messages = 10,
                     .bytes = 950,
                     .max_bytes = 1000};
  EXPECT_TRUE(limits_of_streams({stream}).empty());

  stream.refuses_when_full = true;

  const std::vector<LimitUse> uses = limits_of_streams({stream});
  ASSERT_EQ(uses.size(), 2U);
  EXPECT_TRUE(uses[0].spent);
  EXPECT_TRUE(uses[1].spent) << "no message of 95 bytes fits any more";
}

}  // namespace
}  // namespace unified::health
