#include "jetstream/consumer_rules.h"

#include <gtest/gtest.h>

#include "jetstream/manifest_rules.h"

namespace unified::jetstream {
namespace {

using Json = nlohmann::json;

ConsumerSpec with_filters(Json filters) {
  return {.stream = "S",
          .name = "c",
          .config = {{"ack_policy", "explicit"}, {"filter_subjects", std::move(filters)}},
          .origin = "f.yaml:1"};
}

Json numbered(int count, const std::string& prefix) {
  Json subjects = Json::array();
  for (int i = 0; i < count; ++i)
    subjects.push_back(prefix + std::to_string(i));
  return subjects;
}

TEST(ConsumerRulesTest, TooManyFiltersAreOneProblemHoweverManyTheyAre) {
  EXPECT_TRUE(consumer_problems(with_filters(numbered(1000, "a."))).empty());
  const auto problems = consumer_problems(with_filters(numbered(100'000, "a.")));
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_NE(problems[0].find("100000 filters: at most 1000"), std::string::npos) << problems[0];
}

TEST(ConsumerRulesTest, MistakesInManyFiltersAreToldOnceEachAndNotEndlessly) {
  const auto same = consumer_problems(with_filters({"a.>", "a.b", "a.b"}));
  ASSERT_EQ(same.size(), 2U);
  EXPECT_EQ(same[0], "filter \"a.b\" overlaps \"a.>\"");
  EXPECT_LE(consumer_problems(with_filters(Json(1000, "a"))).size(), 10U);
  EXPECT_LE(consumer_problems(with_filters(Json(1000, "a b"))).size(), 11U);
}

TEST(ConsumerRulesTest, FiltersThatMatchNothingAreToldOnceAConsumer) {
  Declarations declared;
  declared.streams.push_back(
      {.name = "S", .config = {{"subjects", numbered(50'000, "s.")}}, .origin = "f.yaml:1"});
  for (int i = 0; i < 100; ++i) {
    declared.consumers.push_back(with_filters(numbered(1000, "other.")));
    declared.consumers.back().name += std::to_string(i);
  }
  EXPECT_EQ(consumer_set_problems(declared).size(), 100U);
}

TEST(ConsumerRulesTest, SubjectsOfAStreamThatAreAllTheSameAreToldOnceEach) {
  EXPECT_EQ(stream_problems(
                {.name = "S", .config = {{"subjects", Json(1000, "a")}}, .origin = "f.yaml:1"})
                .size(),
            999U);
}

}  // namespace
}  // namespace unified::jetstream
