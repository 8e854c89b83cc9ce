#include "jetstream/export.h"

#include <gtest/gtest.h>

#include "exported_states.h"
#include "jetstream/manifest.h"

namespace unified::jetstream {
namespace {

using Json = nlohmann::json;

TEST(ExportTest, OnlyWhatDiffersFromTheServersDefaultsIsWritten) {
  Json config = kv_config("x");
  config["subjects"] = {"orders.>"};
  config["discard"] = "old";
  config["deny_delete"] = false;
  config["max_age"] = 7'200'000'000'000;
  const Exported exported = export_manifest({stream("ORDERS", config)},
                                            {consumer("ORDERS", "shipping",
                                                      {{"ack_policy", "explicit"},
                                                       {"deliver_policy", "all"},
                                                       {"ack_wait", 30'000'000'000},
                                                       {"max_deliver", -1},
                                                       {"max_waiting", 512},
                                                       {"max_ack_pending", 1000},
                                                       {"filter_subject", "orders.paid"},
                                                       {"replay_policy", "instant"},
                                                       {"num_replicas", 0}})},
                                            ExportFormat::kOwn);
  EXPECT_EQ(exported.text, R"(streams:
  - name: "ORDERS"
    subjects:
      - "orders.>"
    retention: "limits"
    max_age: "2h"
    max_msgs_per_subject: 5
    storage: "file"
    compression: "s2"
    allow_direct: true
    allow_rollup_hdrs: true
consumers:
  - stream: "ORDERS"
    name: "shipping"
    ack_policy: "explicit"
    filter_subjects:
      - "orders.paid"
)");
  EXPECT_TRUE(exported.notes.empty());
}

TEST(ExportTest, BucketsAreBuckets) {
  const Json store{{"subjects", {"$O.m.C.>", "$O.m.M.>"}},
                   {"discard", "new"},
                   {"allow_rollup_hdrs", true},
                   {"allow_direct", true},
                   {"max_bytes", 1024},
                   {"duplicate_window", 120'000'000'000}};
  const std::vector<StreamState> streams{stream("KV_settings", kv_config("settings")),
                                         stream("OBJ_m", store)};
  EXPECT_EQ(export_manifest(streams, {}, ExportFormat::kOwn).text, R"(kv:
  - name: "settings"
    history: 5
    storage: "file"
    compression: "s2"
object_stores:
  - name: "m"
    max_bytes: 1024
    storage: "file"
)");
  EXPECT_EQ(export_manifest(streams, {}, ExportFormat::kNack).text, R"(---
apiVersion: "jetstream.nats.io/v1beta2"
kind: "KeyValue"
metadata:
  name: "settings"
spec:
  bucket: "settings"
  compression: true
  history: 5
  storage: "file"
---
apiVersion: "jetstream.nats.io/v1beta2"
kind: "ObjectStore"
metadata:
  name: "m"
spec:
  bucket: "m"
  maxBytes: 1024
  storage: "file"
)");
}

TEST(ExportTest, AStreamThatIsNoBucketAnyMoreIsAStream) {
  for (const auto& [field, value] :
       std::vector<std::pair<std::string, Json>>{{"subjects", {"$KV.settings.>", "more.>"}},
                                                 {"discard", "old"},
                                                 {"deny_delete", false},
                                                 {"max_msgs_per_subject", 65},
                                                 {"max_msgs", 5},
                                                 {"retention", "interest"},
                                                 {"duplicate_window", 60'000'000'000}}) {
    Json config = kv_config("settings");
    config[field] = value;
    const auto exported = export_manifest({stream("KV_settings", config)}, {}, ExportFormat::kOwn);
    EXPECT_TRUE(exported.text.starts_with("streams:")) << field << exported.text;
  }
}

TEST(ExportTest, WhatCannotBeSaidIsTold) {
  Json config{{"subjects", {"a"}}, {"novelty", 1}, {"allow_batched", true}};
  config["placement"] = {{"preferred", "n1"}, {"cluster", "c"}};
  const auto exported =
      export_manifest({stream("A", config), stream("B c", {{"subjects", {"b"}}})},
                      {consumer("A", "pod/1", {{"ack_policy", "none"}}),
                       {.stream = "A", .name = "ephemeral", .config = Json::object()}},
                      ExportFormat::kNack);
  for (const char* note : {"# stream A: \"novelty\" is not known here and left out\n",
                           "# stream A: placement.\"preferred\" is not known here and left out\n",
                           "# stream \"B c\" is left out: its name",
                           "# consumer \"pod/1\" of \"A\" is left out: its name",
                           "# stream A: NACK has no field for allow_batched: left out\n",
                           "# consumers without a durable name are left out (1)"})
    EXPECT_NE(exported.text.find(note), std::string::npos) << note << exported.text;
  EXPECT_EQ(exported.notes.size(), 6U);
  EXPECT_EQ(exported.text.find("ephemeral"), std::string::npos);
}

TEST(ExportTest, ConsumersThatAServerMadeForItselfAreNotDeclared) {
  const auto exported = export_manifest(
      {},
      {consumer("A", "JS_SRC_x", {{"ack_policy", "flow_control"}, {"sourcing", true}}),
       consumer("A", "m", {{"ack_policy", "none"}, {"direct", true}})},
      ExportFormat::kOwn);
  EXPECT_EQ(exported.text, "streams: []\n");
}

TEST(ExportTest, AWordThatNoManifestHasLeavesItsConsumerOut) {
  const auto exported = export_manifest(
      {}, {consumer("A", "origin", {{"ack_policy", "flow_control"}, {"deliver_subject", "d"}})},
      ExportFormat::kNatscli);
  EXPECT_EQ(exported.text, "[]\n");
  EXPECT_EQ(exported.notes,
            std::vector<std::string>{"consumer \"origin\" of \"A\" is left out: ack_policy "
                                     "\"flow_control\" can't be declared"});
}

TEST(ExportTest, TextsOfAnotherTypeAreNoTexts) {
  Json config{{"deliver_subject", 5}, {"filter_subject", Json::array()}, {"ack_policy", "none"}};
  ConsumerState state = consumer("A", "c", config);
  EXPECT_NE(export_manifest({}, {state}, ExportFormat::kOwn).text.find("name: \"c\""),
            std::string::npos);
  state.config["durable_name"] = 5;
  EXPECT_EQ(export_manifest({}, {state}, ExportFormat::kOwn).text.find("name: \"c\""),
            std::string::npos);
}

TEST(ExportTest, NothingIsAManifestToo) {
  EXPECT_EQ(export_manifest({}, {}, ExportFormat::kOwn).text, "streams: []\n");
  for (const ExportFormat format :
       {ExportFormat::kOwn, ExportFormat::kNatscli, ExportFormat::kNack}) {
    const auto again = parse_manifest(export_manifest({}, {}, format).text, "f", {});
    ASSERT_TRUE(again) << again.error().front();
    EXPECT_TRUE(again->streams.empty());
  }
}

TEST(ExportTest, NumbersBeyondASignedOneStayWhatTheyAre) {
  const Json config{{"subjects", {"a"}}, {"first_seq", 18446744073709551615U}};
  const auto exported = export_manifest({stream("A", config)},
                                        {consumer("A", "c",
                                                  {{"ack_policy", "explicit"},
                                                   {"rate_limit_bps", 9223372036854775808U},
                                                   {"deliver_subject", "d"}})},
                                        ExportFormat::kOwn);
  EXPECT_NE(exported.text.find("first_seq: 18446744073709551615\n"), std::string::npos)
      << exported.text;
  EXPECT_NE(exported.text.find("rate_limit_bps: 9223372036854775808\n"), std::string::npos)
      << exported.text;
}

/// A server keeps a consumer whose stream has other subjects by now.
TEST(ExportTest, AConsumerThatDoesNotFitItsStreamIsToldAndLeftOut) {
  const auto exported = export_manifest(
      {stream("A", {{"subjects", {"a.>"}}})},
      {consumer("A", "old", {{"ack_policy", "explicit"}, {"filter_subject", "b.x"}}),
       consumer("A", "fits", {{"ack_policy", "explicit"}, {"filter_subject", "a.x"}})},
      ExportFormat::kOwn);
  ASSERT_EQ(exported.notes.size(), 1U);
  EXPECT_NE(exported.notes[0].find("consumer old of A is left out: filter \"b.x\" matches no"),
            std::string::npos)
      << exported.notes[0];
  const auto again = parse_manifest(exported.text, "f", {});
  ASSERT_TRUE(again) << again.error().front();
  ASSERT_EQ(again->consumers.size(), 1U);
  EXPECT_EQ(again->consumers[0].name, "fits");
}

TEST(ExportTest, TheUsualWindowOfAStreamWithSourcesIsWritten) {
  Json config{{"subjects", {"a"}}, {"duplicate_window", 120'000'000'000}};
  EXPECT_EQ(export_manifest({stream("A", config)}, {}, ExportFormat::kOwn).text.find("window"),
            std::string::npos);
  config["sources"] = {{{"name", "O"}}};
  EXPECT_NE(
      export_manifest({stream("A", config)}, {}, ExportFormat::kOwn).text.find("window: \"2m"),
      std::string::npos);
}

TEST(ExportTest, NackHasNoHeadersOnlyOfARepublish) {
  Json config{{"subjects", {"a"}}};
  config["republish"] = {{"src", "a"}, {"dest", "b"}, {"headers_only", true}};
  const auto exported = export_manifest({stream("A", config)}, {}, ExportFormat::kNack);
  EXPECT_EQ(
      exported.notes,
      std::vector<std::string>{"stream A: NACK has no field for republish.headers_only: left out"});
}

TEST(ExportTest, OneObjectIsWhatTheNatsCliReads) {
  const auto text =
      export_manifest({stream("A", {{"subjects", {"a"}}})}, {}, ExportFormat::kNatscli).text;
  EXPECT_EQ(
      Json::parse(text),
      Json({{"name", "A"}, {"subjects", {"a"}}, {"storage", "file"}, {"retention", "limits"}}));
}

}  // namespace
}  // namespace unified::jetstream
