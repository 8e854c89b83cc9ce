#include <gtest/gtest.h>

#include "jetstream/plan.h"
#include "jetstream/waves.h"

namespace unified::jetstream {
namespace {

class ConsumerPlanTest : public testing::Test {
 public:
  ConsumerPlanTest() {
    actual.version = {2, 10, 27};
    actual.streams = {{.name = "S", .config = {{"name", "S"}, {"subjects", {"s.>"}}}}};
    desired.consumers = {{.stream = "S", .name = "c", .config = {{"ack_policy", "explicit"}}}};
  }

  /// What the server has.
  void has(nlohmann::json config) {
    config["durable_name"] = "c";
    actual.consumers = {{.stream = "S",
                         .name = "c",
                         .config = std::move(config),
                         .delivered_stream_seq = 7,
                         .delivered_consumer_seq = 7,
                         .ack_floor_stream_seq = 5,
                         .pending = 3,
                         .ack_pending = 2}};
  }
  [[nodiscard]] Plan plan() const { return make_plan(desired, actual, allowed, 0); }
  [[nodiscard]] ConsumerPlan consumer() const { return plan().consumers.at(0); }

  Declarations desired;
  Actual actual;
  Allowed allowed;
};

TEST_F(ConsumerPlanTest, WhatIsAbsentIsCreated) {
  const ConsumerPlan planned = consumer();

  EXPECT_EQ(planned.change, Change::kCreate);
  EXPECT_EQ(planned.request["durable_name"], "c");
  EXPECT_EQ(planned.request["ack_policy"], "explicit");
  EXPECT_TRUE(plan().has_changes());
}

TEST_F(ConsumerPlanTest, AConsumerOfAStreamThatIsNowhereIsRefused) {
  desired.consumers[0].stream = "T";

  EXPECT_TRUE(consumer().request.is_null());
  EXPECT_NE(consumer().note.find("neither on the server nor declared"), std::string::npos);
  EXPECT_TRUE(plan().has_refusals());
}

TEST_F(ConsumerPlanTest, AConsumerOfAStreamThatTheSamePlanCreatesIsCreated) {
  actual.streams.clear();
  desired.streams = {{.name = "S", .config = {{"subjects", {"s.>"}}}}};

  EXPECT_FALSE(consumer().request.is_null());
}

TEST_F(ConsumerPlanTest, AConsumerOfAStreamThatWasNotLoadedIsLeftAlone) {
  actual.streams.clear();
  actual.unloaded = {{"S", "folder"}};
  desired.streams = {{.name = "S", .config = {{"subjects", {"s.>"}}}}};

  EXPECT_TRUE(consumer().request.is_null());
}

TEST_F(ConsumerPlanTest, WhatIsNotDeclaredStaysAsTheServerHasIt) {
  has({{"ack_policy", "explicit"}, {"ack_wait", 5'000'000'000}, {"description", "theirs"}});
  EXPECT_EQ(consumer().change, Change::kKeep);
  desired.consumers[0].config["max_ack_pending"] = 9;

  const ConsumerPlan planned = consumer();

  EXPECT_EQ(planned.change, Change::kSafe);
  EXPECT_EQ(planned.request["max_ack_pending"], 9);
  EXPECT_EQ(planned.request["ack_wait"], 5'000'000'000);
  EXPECT_EQ(planned.request["description"], "theirs");
}

TEST_F(ConsumerPlanTest, AFilterThatTheServerDoesNotKnowIsNotLeftOut) {
  actual.version = {2, 9, 10};
  desired.consumers[0].config["filter_subjects"] = {"s.a", "s.b"};

  const ConsumerPlan planned = consumer();

  EXPECT_TRUE(planned.request.is_null()) << "it would get everything";
  EXPECT_NE(to_text(plan()).find("since 2.10"), std::string::npos) << to_text(plan());
}

TEST_F(ConsumerPlanTest, OnlyRecreateDeletesAndNeverOnAnInterestStream) {
  has({{"ack_policy", "all"}});
  EXPECT_TRUE(consumer().request.is_null());
  EXPECT_FALSE(consumer().recreate);

  allowed.recreate = true;
  EXPECT_TRUE(consumer().recreate);
  EXPECT_EQ(consumer().request["ack_policy"], "explicit");
  EXPECT_FALSE(consumer().fields.at(0).at_stake.empty());

  desired.consumers[0].allow = Allowed{};
  EXPECT_FALSE(consumer().recreate) << "its own allow: narrows";
  desired.consumers[0].allow.reset();
  actual.streams[0].config["retention"] = "interest";
  EXPECT_FALSE(consumer().recreate);
  EXPECT_TRUE(consumer().request.is_null());
}

TEST_F(ConsumerPlanTest, OneThatCouldNotBeListedIsLeftAlone) {
  actual.unloaded_consumers = {{"S", "c", "timeout", false}};

  EXPECT_EQ(consumer().change, Change::kUnloaded);
  EXPECT_TRUE(consumer().request.is_null());
}

TEST_F(ConsumerPlanTest, OneThatTheServerCouldNotLoadIsCreatedOverItsFolder) {
  actual.unloaded_consumers = {{"S", "c", "folder /x", true}};

  EXPECT_EQ(consumer().change, Change::kCreate);
  EXPECT_TRUE(consumer().damaged);
  EXPECT_NE(consumer().note.find("folder /x"), std::string::npos);
}

TEST_F(ConsumerPlanTest, TheHashIsThatOfWhatWouldBeDone) {
  const std::string before = plan_hash(plan());
  actual.streams.push_back({.name = "OTHER", .config = {{"name", "OTHER"}}});
  EXPECT_EQ(plan_hash(plan()), before) << "what is in no manifest is no part of it";
  desired.consumers[0].config["max_deliver"] = 9;
  EXPECT_NE(plan_hash(plan()), before);
}

TEST_F(ConsumerPlanTest, TheHashIsAnotherWhenMoreIsAtStake) {
  desired = {.streams = {{.name = "S", .config = {{"max_msgs", 10}}}}, .consumers = {}};
  allowed.lossy = true;
  actual.streams[0].messages = 20;
  const std::string before = plan_hash(plan());

  actual.streams[0].messages = 21;

  EXPECT_NE(plan_hash(plan()), before);
}

TEST_F(ConsumerPlanTest, AMirrorComesAfterItsOriginAndACircleComesAllTheSame) {
  desired.consumers.clear();
  desired.streams = {{.name = "M", .config = {{"mirror", {{"name", "O"}}}}},
                     {.name = "O", .config = {{"subjects", {"o"}}}},
                     {.name = "X", .config = {{"sources", {{{"name", "Y"}}}}}},
                     {.name = "Y", .config = {{"sources", {{{"name", "X"}}}}}}};
  const Plan planned = plan();

  const auto waves = in_waves(planned);

  ASSERT_EQ(waves.size(), 3U);
  EXPECT_EQ(waves[0].at(0)->name, "O");
  EXPECT_EQ(waves[1].at(0)->name, "M");
  EXPECT_EQ(waves[2].size(), 2U);
}

}  // namespace
}  // namespace unified::jetstream
