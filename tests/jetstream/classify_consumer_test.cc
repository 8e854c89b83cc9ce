#include "jetstream/classify_consumer.h"

#include <gtest/gtest.h>

#include "jetstream/consumer_fields.h"

namespace unified::jetstream {
namespace {

using Json = nlohmann::json;

constexpr ServerVersion k2_9{.major = 2, .minor = 9, .patch = 10};
constexpr ServerVersion k2_10{.major = 2, .minor = 10, .patch = 27};
constexpr ServerVersion k2_15{.major = 2, .minor = 15, .patch = 1};

/// A consumer that has delivered 4 messages, 2 of them acknowledged, and has 6 to go.
struct Case {
  Json config = Json::object();    ///< the server's
  Json declared = Json::object();  ///< over it
  ServerVersion version = k2_10;
  std::string retention = "limits";
  std::vector<ConsumerState> siblings{};  // NOLINT(readability-redundant-member-init)
  bool idle = false;                      ///< nothing delivered, nothing to deliver
};

ConsumerVerdict judge(std::string_view name, const Case& one) {
  const Field& field = *find_consumer_field(name);
  StreamState stream;
  stream.name = "S";
  stream.config = {{"subjects", {"s.a", "s.b"}}, {"retention", one.retention}};
  stream.consumers = std::max<std::int64_t>(1, static_cast<std::int64_t>(one.siblings.size()));
  ConsumerState state;
  state.stream = "S";
  state.name = "C";
  state.config = one.config;
  if (!one.idle) {
    state.delivered_consumer_seq = 4;
    state.ack_pending = 2;
    state.pending = 6;
  }
  ConsumerSpec spec;
  spec.config = one.declared;
  const Json wanted = overlaid_consumer(one.config, one.declared);
  const Json from = consumer_value_in(field, one.config, stream.config);
  const Json to = consumer_value_in(field, wanted, stream.config);
  return classify_consumer_field(field, {.from = from,
                                         .to = to,
                                         .state = state,
                                         .spec = spec,
                                         .stream = &stream,
                                         .version = one.version,
                                         .clustered = false,
                                         .siblings = one.siblings});
}

ConsumerState other(const std::string& name, Json config) {
  ConsumerState state;
  state.stream = "S";
  state.name = name;
  state.config = std::move(config);
  return state;
}

TEST(ClassifyConsumerTest, RefusesWhatNoServerChanges) {
  const ConsumerVerdict verdict =
      judge("deliver_policy", {.config = {{"deliver_policy", "all"}, {"ack_policy", "explicit"}},
                               .declared = {{"deliver_policy", "new"}}});
  EXPECT_EQ(verdict.change, Change::kImmutable);
  EXPECT_TRUE(verdict.recreate_helps);
  EXPECT_EQ(verdict.at_stake, "4 delivered, 2 not acknowledged, 6 not delivered yet");
  EXPECT_NE(verdict.why.find("set all again"), std::string::npos) << verdict.why;
  EXPECT_NE(verdict.why.find("RECONCILE_ALLOW=recreate"), std::string::npos) << verdict.why;
  EXPECT_EQ(verdict.why.find("nobody else waits"), std::string::npos) << verdict.why;
}

TEST(ClassifyConsumerTest, CountsWhatGoesWithAConsumerOfAnInterestStream) {
  const ConsumerVerdict verdict = judge("ack_policy", {.config = {{"ack_policy", "explicit"}},
                                                       .declared = {{"ack_policy", "all"}},
                                                       .retention = "interest"});
  EXPECT_NE(verdict.why.find("up to 8 messages that nobody else waits for"), std::string::npos)
      << verdict.why;
}

TEST(ClassifyConsumerTest, ChangesWhatEveryServerChanges) {
  const Json acks{{"ack_policy", "explicit"}};
  for (const ServerVersion version : {k2_9, k2_10, k2_15})
    for (const Json& declared :
         {Json{{"ack_wait", 5}}, Json{{"max_ack_pending", 1}}, Json{{"headers_only", true}},
          Json{{"description", "d"}}, Json{{"max_batch", 5}}, Json{{"max_deliver", 7}}})
      EXPECT_EQ(judge(declared.begin().key(),
                      {.config = acks, .declared = declared, .version = version, .idle = true})
                    .change,
                Change::kSafe)
          << declared.dump();
}

TEST(ClassifyConsumerTest, CountsWhatALowerMaxDeliverGivesUp) {
  const Case lower{.config = {{"max_deliver", 5}}, .declared = {{"max_deliver", 1}}};
  EXPECT_EQ(judge("max_deliver", lower).change, Change::kLossy);
  EXPECT_EQ(judge("max_deliver", lower).at_stake, "up to 2 delivered messages");
  EXPECT_EQ(
      judge("max_deliver", {.config = {{"max_deliver", -1}}, .declared = {{"max_deliver", 9}}})
          .change,
      Change::kLossy);
  EXPECT_EQ(judge("max_deliver", {.config = {{"max_deliver", 5}}, .declared = {{"max_deliver", 9}}})
                .change,
            Change::kSafe);
  EXPECT_EQ(judge("max_deliver", {.config = {{"max_deliver", 5}}, .declared = {{"max_deliver", 0}}})
                .change,
            Change::kSafe);
}

TEST(ClassifyConsumerTest, CountsWhatAnotherFilterGivesUp) {
  const Json only_a{{"filter_subject", "s.a"}};
  const Json narrow{{"filter_subjects", {"s.a"}}};
  for (const char* retention : {"interest", "workqueue"}) {
    EXPECT_EQ(judge("filter_subjects", {.declared = narrow, .retention = retention}).at_stake,
              "up to 8 messages that wait for it");
    EXPECT_EQ(judge("filter_subjects", {.config = only_a,
                                        .declared = {{"filter_subjects", {"s.b"}}},
                                        .retention = retention})
                  .change,
              Change::kLossy);
    EXPECT_EQ(judge("filter_subjects", {.config = only_a,
                                        .declared = {{"filter_subjects", {"s.*"}}},
                                        .retention = retention})
                  .change,
              Change::kSafe);
    EXPECT_EQ(
        judge("filter_subjects", {.declared = narrow, .retention = retention, .idle = true}).change,
        Change::kSafe);
    // All that the stream captures.
    EXPECT_EQ(judge("filter_subjects",
                    {.declared = {{"filter_subjects", {"s.a", "s.b"}}}, .retention = retention})
                  .change,
              Change::kSafe);
  }
  EXPECT_EQ(judge("filter_subjects", {.declared = narrow}).change, Change::kSafe);
}

TEST(ClassifyConsumerTest, LetsNoTwoConsumersTakeTheSameWork) {
  const std::vector<ConsumerState> siblings{other("C", {{"filter_subject", "s.b"}}),
                                            other("D", {{"filter_subject", "s.a"}})};
  const auto filter = [&](const Json& filters) {
    return judge("filter_subjects", {.config = {{"filter_subject", "s.b"}},
                                     .declared = {{"filter_subjects", filters}},
                                     .version = k2_9,
                                     .retention = "workqueue",
                                     .siblings = siblings,
                                     .idle = true});
  };
  EXPECT_EQ(filter({"s.*"}).change, Change::kImmutable);
  EXPECT_EQ(filter(Json::array()).change, Change::kImmutable);
  EXPECT_FALSE(filter(Json::array()).recreate_helps);
  EXPECT_NE(filter({"s.*"}).why.find("consumer D"), std::string::npos);
  EXPECT_EQ(filter({"s.c"}).change, Change::kSafe);
}

TEST(ClassifyConsumerTest, SaysWhichServerKnowsAValue) {
  const Case several{.declared = {{"filter_subjects", {"s.a", "s.b"}}}, .version = k2_9};
  EXPECT_EQ(judge("filter_subjects", several).change, Change::kImmutable);
  EXPECT_FALSE(judge("filter_subjects", several).recreate_helps);
  EXPECT_NE(judge("filter_subjects", several).why.find("since 2.10"), std::string::npos);
  const auto prioritized = [](ServerVersion version) {
    return judge("priority_policy",
                 {.declared = {{"priority_policy", "prioritized"}, {"priority_groups", {"g"}}},
                  .version = version})
        .change;
  };
  EXPECT_EQ(prioritized({.major = 2, .minor = 11, .patch = 4}), Change::kImmutable);
  EXPECT_EQ(prioritized(k2_15), Change::kSafe);
}

TEST(ClassifyConsumerTest, KnowsThat29FreezesAConsumerWithAStartTime) {
  const Json config{{"deliver_policy", "by_start_time"},
                    {"opt_start_time", "2021-01-01T00:00:00Z"}};
  const auto describe = [&](ServerVersion version) {
    return judge("description",
                 {.config = config, .declared = {{"description", "d"}}, .version = version});
  };
  EXPECT_EQ(describe(k2_9).change, Change::kImmutable);
  EXPECT_EQ(describe(k2_10).change, Change::kSafe);
}

TEST(ClassifyConsumerTest, KnowsWhatMovingTheStateCosts) {
  const auto move = [](bool memory, ServerVersion version) {
    return judge("mem_storage", {.config = {{"mem_storage", !memory}},
                                 .declared = {{"mem_storage", memory}},
                                 .version = version})
        .change;
  };
  EXPECT_EQ(move(true, k2_10), Change::kLossy);
  EXPECT_EQ(move(false, k2_10), Change::kImmutable);
  EXPECT_EQ(move(true, k2_15), Change::kImmutable);
}

TEST(ClassifyConsumerTest, WantsABackoffThatFitsMaxDeliver) {
  const auto backoff = [](const Json& declared, ServerVersion version) {
    return judge(
        "backoff",
        {.config = {{"max_deliver", -1}}, .declared = declared, .version = version, .idle = true});
  };
  EXPECT_EQ(backoff({{"backoff", {1, 2}}}, k2_9).change, Change::kImmutable);
  EXPECT_FALSE(backoff({{"backoff", {1, 2}}}, k2_9).recreate_helps);
  EXPECT_EQ(backoff({{"backoff", {1, 2}}, {"max_deliver", 3}}, k2_9).change, Change::kSafe);
  EXPECT_EQ(backoff({{"backoff", {1, 2}}, {"max_deliver", 2}}, k2_9).change, Change::kImmutable);
  EXPECT_EQ(backoff({{"backoff", {1, 2}}}, k2_10).change, Change::kSafe);
  EXPECT_EQ(backoff({{"backoff", {1, 2}}, {"max_deliver", 2}}, k2_10).change, Change::kSafe);
  EXPECT_EQ(backoff({{"backoff", {1, 2}}, {"max_deliver", 1}}, k2_10).change, Change::kImmutable);
}

TEST(ClassifyConsumerTest, LetsABackoffWaitForTheMaxDeliverThatItNeeds) {
  EXPECT_EQ(judge("backoff", {.config = {{"max_deliver", -1}},
                              .declared = {{"backoff", {1, 2}}, {"max_deliver", 3}},
                              .version = k2_9})
                .change,
            Change::kLossy);
}

TEST(ClassifyConsumerTest, NeverDeletesForAPause) {
  const ConsumerVerdict verdict = judge(
      "pause_until", {.declared = {{"pause_until", "2035-01-01T00:00:00Z"}}, .version = k2_15});
  EXPECT_EQ(verdict.change, Change::kImmutable);
  EXPECT_FALSE(verdict.recreate_helps);
}

TEST(ClassifyConsumerTest, KeepsPushAndPullApart) {
  const Json push{{"deliver_subject", "d.x"}};
  EXPECT_EQ(judge("deliver_subject", {.declared = push}).change, Change::kImmutable);
  EXPECT_EQ(
      judge("deliver_subject", {.config = push, .declared = {{"deliver_subject", "d.y"}}}).change,
      Change::kSafe);
  EXPECT_EQ(judge("rate_limit_bps", {.declared = {{"rate_limit_bps", 5}}}).change,
            Change::kImmutable);
  EXPECT_EQ(judge("rate_limit_bps", {.config = push, .declared = {{"rate_limit_bps", 5}}}).change,
            Change::kSafe);
}

TEST(ClassifyConsumerTest, WarnsOfAnInactivityThatEndsTheConsumer) {
  const auto shorter = [](const char* retention) {
    return judge("inactive_threshold",
                 {.declared = {{"inactive_threshold", 60}}, .retention = retention})
        .change;
  };
  EXPECT_EQ(shorter("interest"), Change::kLossy);
  EXPECT_EQ(shorter("limits"), Change::kLossy) << "its position";
}

TEST(ClassifyConsumerTest, SaysWhatANewConsumerCanNotHave) {
  const auto create = [](std::string_view field, const Json& config, ServerVersion version) {
    return classify_consumer_creation(*find_consumer_field(field), config, version, false).change;
  };
  EXPECT_EQ(create("num_replicas", {{"num_replicas", 3}}, k2_15), Change::kImmutable);
  EXPECT_EQ(create("num_replicas", {{"num_replicas", 1}}, k2_15), Change::kSafe);
  EXPECT_EQ(create("filter_subjects", {{"filter_subjects", {"a", "b"}}}, k2_9), Change::kImmutable);
  EXPECT_EQ(create("filter_subjects", {{"filter_subjects", {"a"}}}, k2_9), Change::kSafe);
  EXPECT_EQ(create("backoff", {{"backoff", {1}}}, k2_9), Change::kImmutable);
  EXPECT_EQ(create("metadata", {{"metadata", Json::object()}}, k2_9), Change::kSafe);
  EXPECT_EQ(create("metadata", {{"metadata", {{"a", "b"}}}}, k2_9), Change::kImmutable);
}

}  // namespace
}  // namespace unified::jetstream
