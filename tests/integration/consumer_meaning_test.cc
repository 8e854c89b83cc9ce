// What a server makes of a declared consumer must be what was declared, and what it can't have must
// be what it refuses or leaves out.
#include <algorithm>

#include <gtest/gtest.h>

#include "integration/consumer_rows.h"
#include "integration/consumer_server.h"
#include "jetstream/classify_consumer.h"

namespace unified::test {
namespace {

using jetstream::Change;
using jetstream::Field;
using nlohmann::json;

class ConsumerMeaningTest : public ConsumerServerTest {};

TEST_P(ConsumerMeaningTest, WhatMeansTheSameIsNoDrift) {
  std::vector<std::string> configs = consumer_meanings();
  if (!is_2_9())
    std::ranges::copy(young_consumer_meanings(), std::back_inserter(configs));
  for (std::size_t i = 0; i < configs.size(); ++i) {
    const std::string name = "S" + std::to_string(i);
    create_stream(name, "limits");
    const json declared = members(configs[i], name);
    const json answer = put(name, "C", declared, "create");
    ASSERT_FALSE(answer.contains("error")) << configs[i] << answer.dump();
    const json config = info(name)["config"];
    EXPECT_EQ(differences(config, declared, stream_state(name).config), "")
        << configs[i] << " came back as " << config.dump();
    for (const auto& [key, value] : declared.items())
      if (const Field* field = jetstream::find_consumer_field(key)) {
        EXPECT_EQ(classify_consumer_creation(*field, declared, server().version, false).change,
                  Change::kSafe)
            << configs[i];
      }
  }
}

TEST_P(ConsumerMeaningTest, TheStreamsLimitsAreNoDrift) {
  if (is_2_9())
    GTEST_SKIP() << "nats-server 2.9 has no consumer_limits";
  const json limits{{"max_ack_pending", 10}, {"inactive_threshold", 3'600'000'000'000}};
  client_->api_ok("STREAM.CREATE.S",
                  {{"name", "S"}, {"subjects", {"S.a"}}, {"consumer_limits", limits}});
  const json declared{
      {"ack_policy", "explicit"}, {"max_ack_pending", 0}, {"inactive_threshold", 0}};
  put("S", "C", declared, "create");
  const json config = info("S")["config"];
  EXPECT_EQ(config["max_ack_pending"], 10);
  EXPECT_EQ(differences(config, declared, stream_state("S").config), "");
}

TEST_P(ConsumerMeaningTest, ServersRefuseOrLeaveOutWhatWeRefuseAtCreation) {
  create_stream("S", "limits");
  int number = 0;
  for (const char* text : {R"("num_replicas":3)", R"("backoff":[1000000000])",
                           R"("metadata":{"a":"b"})", R"("filter_subjects":["S.a","S.b"])",
                           R"("priority_policy":"overflow","priority_groups":["g"])",
                           R"("pause_until":"2035-01-01T00:00:00Z")"}) {
    json declared = members(text, "S");
    declared["ack_policy"] = "explicit";
    const std::string name = "C" + std::to_string(++number);
    const bool refused_by_us = std::ranges::any_of(declared.items(), [&](const auto& member) {
      const Field& field = *jetstream::find_consumer_field(member.key());
      return classify_consumer_creation(field, declared, server().version, false).change ==
             Change::kImmutable;
    });
    const json answer = put("S", name, declared, "create");
    const bool taken = !answer.contains("error") &&
                       differences(answer["config"], declared, json::object()).empty();
    EXPECT_EQ(refused_by_us, !taken) << text << ": " << answer.dump();
  }
}

UNIFIED_ON_EVERY_SERVER(ConsumerMeaningTest);

}  // namespace
}  // namespace unified::test
