#include "jetstream/bucket_streams.h"

#include <gtest/gtest.h>

#include "exported_states.h"
#include "jetstream/manifest.h"
#include "jetstream/plan.h"

namespace unified::jetstream {
namespace {

using Json = nlohmann::json;

constexpr const char* kOurs = "kv: {B: {}}";
constexpr const char* kNack = R"(apiVersion: jetstream.nats.io/v1beta2
kind: KeyValue
metadata: {name: b}
spec: {bucket: B, history: 0, storage: file}
)";

Plan plan_of(const std::string& manifest, std::vector<StreamState> streams) {
  const auto declared = parse_manifest(manifest, "f.yaml", {});
  EXPECT_TRUE(declared.ok()) << (declared ? "" : declared.error().front());
  const Actual actual{.version = {2, 15, 1}, .clustered = false, .streams = std::move(streams)};
  const Allowed everything{.lossy = true, .irreversible = true, .recreate = true};
  return declared ? make_plan(*declared, actual, everything, 0) : Plan{};
}

TEST(BucketStreamsTest, AnExistingBucketKeepsWhatNobodyWrote) {
  StreamState state = stream("KV_B", kv_config("B"));
  state.config["max_msgs_per_subject"] = 10;
  state.config["duplicate_window"] = 60'000'000'000;
  state.config["deny_delete"] = false;
  state.messages = 100;
  for (const char* manifest : {kOurs, kNack}) {
    const Plan plan = plan_of(manifest, {state});
    ASSERT_EQ(plan.streams.size(), 1U);
    EXPECT_EQ(plan.streams[0].change, Change::kKeep) << to_text(plan);
    EXPECT_TRUE(plan.streams[0].fields.empty()) << to_text(plan);
  }
}

TEST(BucketStreamsTest, AWrittenHistoryIsThatOfAnExistingBucket) {
  StreamState state = stream("KV_B", kv_config("B"));
  state.messages = 100;
  const Plan plan = plan_of("kv: {B: {history: 1}}", {state});
  ASSERT_EQ(plan.streams.size(), 1U);
  ASSERT_FALSE(plan.streams[0].request.is_null());
  EXPECT_EQ(plan.streams[0].request["max_msgs_per_subject"], 1);
}

TEST(BucketStreamsTest, ANewBucketIsAsClientsMakeIt) {
  for (const char* manifest : {kOurs, kNack}) {
    const Plan plan = plan_of(manifest, {});
    ASSERT_EQ(plan.streams.size(), 1U);
    Json request = plan.streams[0].request;
    request.erase("storage");
    EXPECT_EQ(request, Json({{"name", "KV_B"},
                             {"subjects", {"$KV.B.>"}},
                             {"max_msgs_per_subject", 1},
                             {"discard", "new"},
                             {"duplicate_window", 120'000'000'000},
                             {"allow_direct", true},
                             {"allow_rollup_hdrs", true},
                             {"deny_delete", true}}));
  }
}

TEST(BucketStreamsTest, DirectReadingCanBeTurnedOff) {
  const Plan plan = plan_of("kv: {B: {allow_direct: false}}", {});
  ASSERT_EQ(plan.streams.size(), 1U);
  EXPECT_EQ(plan.streams[0].request.value("allow_direct", false), false);
}

TEST(BucketStreamsTest, WhatIsWrittenWinsOverTheUsualAtCreation) {
  const Plan plan = plan_of("kv: {B: {history: 7, ttl: 30s}}", {});
  ASSERT_EQ(plan.streams.size(), 1U);
  EXPECT_EQ(plan.streams[0].request["max_msgs_per_subject"], 7);
  EXPECT_EQ(plan.streams[0].request["duplicate_window"], 30'000'000'000);
}

TEST(BucketStreamsTest, ALowerTtlTakesAnExistingWindowWithIt) {
  const Plan plan = plan_of("kv: {B: {ttl: 30s}}", {stream("KV_B", kv_config("B"))});
  ASSERT_EQ(plan.streams.size(), 1U);
  EXPECT_EQ(plan.streams[0].request["duplicate_window"], 30'000'000'000);
  EXPECT_EQ(plan.streams[0].request["max_msgs_per_subject"], 5);
}

}  // namespace
}  // namespace unified::jetstream
