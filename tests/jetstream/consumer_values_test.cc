#include <gtest/gtest.h>

#include "jetstream/consumer_fields.h"

namespace unified::jetstream {
namespace {

using Json = nlohmann::json;

Json meaning(std::string_view field, const Json& config, const Json& stream = Json::object()) {
  return consumer_value_in(*find_consumer_field(field), config, stream);
}

TEST(ConsumerValueTest, FoldsTheTwoFormsOfAFilter) {
  EXPECT_EQ(meaning("filter_subjects", {{"filter_subject", "a"}}), Json({"a"}));
  EXPECT_EQ(meaning("filter_subjects", {{"filter_subjects", {"a", "b"}}}), Json({"a", "b"}));
  EXPECT_EQ(meaning("filter_subjects", {{"filter_subject", ""}}), Json::array());
  EXPECT_EQ(meaning("filter_subjects", {{"filter_subject", ">"}}), Json::array());
}

TEST(ConsumerValueTest, KnowsWhatTheServerChooses) {
  const Json acks{{"ack_policy", "explicit"}};
  EXPECT_EQ(meaning("ack_wait", acks), 30'000'000'000);
  EXPECT_EQ(meaning("max_ack_pending", acks), 1000);
  EXPECT_EQ(meaning("max_waiting", acks), 512);
  EXPECT_EQ(meaning("max_deliver", acks), -1);
  EXPECT_EQ(meaning("num_replicas", acks), 0);
  EXPECT_EQ(meaning("ack_policy", Json::object()), "none");
  EXPECT_EQ(meaning("ack_wait", Json::object()), 0);
  EXPECT_EQ(meaning("max_ack_pending", Json::object()), 0);
  EXPECT_EQ(meaning("max_waiting", {{"deliver_subject", "d"}}), 0);
  EXPECT_EQ(meaning("priority_timeout", {{"priority_policy", "pinned_client"}}), 120'000'000'000);
}

TEST(ConsumerValueTest, TakesTheStreamsLimitsAsDefaults) {
  const Json stream{{"num_replicas", 3},
                    {"consumer_limits", {{"max_ack_pending", 10}, {"inactive_threshold", 60}}}};
  const Json acks{{"ack_policy", "explicit"}};
  EXPECT_EQ(meaning("max_ack_pending", acks, stream), 10);
  EXPECT_EQ(meaning("inactive_threshold", acks, stream), 60);
  EXPECT_EQ(meaning("num_replicas", acks, stream), 3);
  EXPECT_EQ(meaning("max_ack_pending", {{"ack_policy", "all"}, {"max_ack_pending", 5}}, stream), 5);
}

TEST(ConsumerValueTest, LetsTheFirstBackoffBeTheAckWait) {
  const Json config{{"ack_policy", "explicit"}, {"ack_wait", 5}, {"backoff", {7, 9}}};
  EXPECT_EQ(meaning("ack_wait", config), 7);
}

TEST(ConsumerValueTest, TakesFormsOfTheSameForTheSame) {
  EXPECT_EQ(meaning("sample_freq", {{"sample_freq", "50%"}}), "50");
  EXPECT_EQ(meaning("sample_freq", {{"sample_freq", "0"}}), "");
  EXPECT_EQ(meaning("max_deliver", {{"max_deliver", -7}}), -1);
  EXPECT_EQ(meaning("max_ack_pending", {{"ack_policy", "all"}, {"max_ack_pending", -5}}), -1);
  EXPECT_EQ(meaning("max_bytes", {{"max_bytes", -1}}), 0);
  EXPECT_EQ(meaning("pause_until", {{"pause_until", "0001-01-01T00:00:00Z"}}), "");
  EXPECT_EQ(meaning("opt_start_time", {{"opt_start_time", "2021-01-01T01:00:00+01:00"}}),
            meaning("opt_start_time", {{"opt_start_time", "2021-01-01T00:00:00Z"}}));
  EXPECT_EQ(meaning("metadata", {{"metadata", {{"_nats.ver", "2.15.1"}, {"a", "b"}}}}),
            Json({{"a", "b"}}));
}

TEST(ConsumerRequestTest, SendsOneFilterInTheFormThatEveryServerKnows) {
  const Json one = consumer_request({{"filter_subjects", {"a"}}});
  EXPECT_EQ(one, Json({{"filter_subject", "a"}}));
  const Json two = consumer_request({{"filter_subjects", {"a", "b"}}});
  EXPECT_EQ(two, Json({{"filter_subjects", {"a", "b"}}}));
  EXPECT_EQ(consumer_request({{"filter_subjects", Json::array()}}), Json::object());
}

TEST(ConsumerRequestTest, SendsAFilterWhereThePolicyNeedsOne) {
  for (const Json& filters : {Json::array(), Json({">"})})
    EXPECT_EQ(
        consumer_request({{"deliver_policy", "last_per_subject"}, {"filter_subjects", filters}}),
        Json({{"deliver_policy", "last_per_subject"}, {"filter_subject", ">"}}));
}

TEST(ConsumerRequestTest, LeavesOutWhatMeansNothing) {
  EXPECT_EQ(consumer_request({{"pause_until", ""},
                              {"priority_policy", "none"},
                              {"priority_groups", {"g"}},
                              {"priority_timeout", 120},
                              {"metadata", Json::object()},
                              {"num_replicas", 0},
                              {"durable_name", "C"}}),
            Json({{"num_replicas", 0}, {"durable_name", "C"}}));
}

TEST(ConsumerRequestTest, KeepsWhatIsNotDeclared) {
  const Json server{{"durable_name", "C"},
                    {"filter_subject", "a"},
                    {"young_field", true},
                    {"metadata", {{"_nats.ver", "2.15.1"}, {"a", "b"}}}};
  const Json laid =
      overlaid_consumer(server, {{"filter_subjects", {"b"}}, {"metadata", {{"c", "d"}}}});
  EXPECT_EQ(consumer_request(laid), Json({{"durable_name", "C"},
                                          {"filter_subject", "b"},
                                          {"young_field", true},
                                          {"metadata", {{"_nats.ver", "2.15.1"}, {"c", "d"}}}}));
  EXPECT_EQ(overlaid_consumer(server, {{"max_deliver", 3}})["filter_subject"], "a");
}

}  // namespace
}  // namespace unified::jetstream
