#include "jetstream/api_answers.h"

#include <cstdint>
#include <limits>

#include <gtest/gtest.h>

namespace unified::jetstream {
namespace {

using Json = nlohmann::json;

TEST(ApiAnswersTest, AStreamOfAnotherTypeIsAnEmptyOne) {
  for (const Json& answer :
       {Json("A"), Json(), Json(5), Json::array({1}), Json{{"config", 5}, {"state", "none"}}}) {
    const StreamState stream = parse_stream(answer);
    EXPECT_EQ(stream.name, "") << answer.dump();
    EXPECT_EQ(stream.messages, 0) << answer.dump();
  }
}

TEST(ApiAnswersTest, ANumberIsAWholeOneThatFits) {
  EXPECT_EQ(int_at(Json{{"n", -5}}, "n"), -5);
  EXPECT_EQ(int_at(Json{{"n", std::numeric_limits<std::uint64_t>::max()}}, "n"),
            std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(int_at(Json{{"n", 1e308}}, "n"), 0);
  EXPECT_EQ(int_at(Json{{"n", "7"}}, "n"), 0);
  EXPECT_EQ(int_at(Json::array({7}), "n"), 0);
}

}  // namespace
}  // namespace unified::jetstream
