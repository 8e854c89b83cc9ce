#include "jetstream/export.h"

#include <rapidcheck.h>

#include <gtest/gtest.h>

#include "jetstream/consumer_fields.h"
#include "jetstream/consumer_rules.h"
#include "jetstream/fields.h"
#include "jetstream/manifest.h"
#include "jetstream/manifest_rules.h"

namespace unified::jetstream {
namespace {

using Json = nlohmann::json;

StreamState stream(const std::string& name, Json config) {
  config["name"] = name;
  return {.name = name, .config = std::move(config), .first_ts = {}, .last_ts = {}};
}

ConsumerState consumer(const std::string& of, const std::string& name, Json config) {
  config["name"] = name;
  config["durable_name"] = name;
  return {.stream = of, .name = name, .config = std::move(config)};
}

/// As nats-server 2.15 has a bucket that `nats kv add` made.
Json kv_config(const std::string& bucket) {
  return {{"subjects", {"$KV." + bucket + ".>"}},
          {"retention", "limits"},
          {"max_consumers", -1},
          {"max_msgs", -1},
          {"max_bytes", -1},
          {"max_age", 0},
          {"max_msgs_per_subject", 5},
          {"max_msg_size", -1},
          {"discard", "new"},
          {"storage", "file"},
          {"num_replicas", 1},
          {"duplicate_window", 120'000'000'000},
          {"compression", "s2"},
          {"allow_direct", true},
          {"mirror_direct", false},
          {"sealed", false},
          {"deny_delete", true},
          {"deny_purge", false},
          {"allow_rollup_hdrs", true},
          {"consumer_limits", Json::object()},
          {"allow_msg_ttl", false},
          {"metadata", {{"_nats.ver", "2.15.1"}}}};
}

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
                           "# stream A: NACK has no field for allow_batched: left out\n"})
    EXPECT_NE(exported.text.find(note), std::string::npos) << note << exported.text;
  EXPECT_EQ(exported.notes.size(), 5U);
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

TEST(ExportTest, NothingIsAManifestToo) {
  EXPECT_EQ(export_manifest({}, {}, ExportFormat::kOwn).text, "streams: []\n");
}

TEST(ExportTest, OneObjectIsWhatTheNatsCliReads) {
  const auto text =
      export_manifest({stream("A", {{"subjects", {"a"}}})}, {}, ExportFormat::kNatscli).text;
  EXPECT_EQ(
      Json::parse(text),
      Json({{"name", "A"}, {"subjects", {"a"}}, {"storage", "file"}, {"retention", "limits"}}));
}

// --- what is exported is read again ---

/// One of them, or not set at all.
void maybe(Json& config, const char* field, const std::vector<Json>& values) {
  if (*rc::gen::arbitrary<bool>())
    config[field] = *rc::gen::elementOf(values);
}

const std::vector<Json> kTexts{"on",  "~",   "1e3", "null", "a: b", "# c", "\"q\"", "\\",
                               "é\n", "- x", " x ", "0x1F", "${A",  "$${", "${B}",  "[",
                               "!!",  "&a",  "*a",  "%",    "@",    "{}",  "true",  "'"};

bool has_variable(const Json& config) {
  return config.dump().find("${") != std::string::npos;
}

Json random_stream_config() {
  Json config{{"subjects", *rc::gen::elementOf(std::vector<Json>{{"a.>"}, {"b", "c.*"}})}};
  maybe(config, "description", kTexts);
  maybe(config, "retention", {"limits", "interest", "workqueue"});
  maybe(config, "max_consumers", {-1, 0, 50});
  maybe(config, "max_msgs", {-1, 1, 5'000'000'000});
  maybe(config, "max_bytes", {-1, 1, 1'073'741'824});
  maybe(config, "max_age", {0, 100'000'000, 7'200'000'000'000, 604'800'000'000'001});
  maybe(config, "max_msgs_per_subject", {-1, 1, 64});
  maybe(config, "max_msg_size", {-1, 1024});
  maybe(config, "discard", {"old", "new"});
  maybe(config, "storage", {"file", "memory"});
  maybe(config, "num_replicas", {1, 3});
  maybe(config, "placement", {Json{{"cluster", "on"}}, Json{{"tags", {"1", "~"}}}});
  maybe(config, "duplicate_window", {0, 100'000'000, 120'000'000'000});
  maybe(config, "compression", {"none", "s2"});
  maybe(config, "first_seq", {0, 100});
  maybe(config, "no_ack", {true, false});
  maybe(config, "allow_direct", {true, false});
  maybe(config, "allow_rollup_hdrs", {true, false});
  maybe(config, "deny_delete", {true, false});
  maybe(config, "deny_purge", {true, false});
  maybe(config, "republish", {Json{{"src", "a.>"}, {"dest", "r.>"}, {"headers_only", true}}});
  maybe(config, "subject_transform", {Json{{"src", "a.>"}, {"dest", "t.>"}}});
  maybe(config, "consumer_limits",
        {Json::object(), Json{{"inactive_threshold", 5'000'000'000}, {"max_ack_pending", 5}}});
  maybe(config, "subject_delete_marker_ttl", {0, 60'000'000'000});
  maybe(config, "allow_msg_ttl", {true, false});
  maybe(
      config, "sources",
      {Json::array({{{"name", "X"}, {"opt_start_seq", 5}, {"external", {{"api", "$JS.x.API"}}}}}),
       Json::array({{{"name", "X"},
                     {"subject_transforms", Json::array({{{"src", "x.>"}, {"dest", "a.>"}}})}}})});
  maybe(config, "metadata",
        {Json{{"on", "off"}, {"a b", "1"}, {"_nats.ver", "2"}}, Json{{"x", "${A}"}}});
  return config;
}

Json random_consumer_config() {
  Json config{{"ack_policy", *rc::gen::elementOf(std::vector<Json>{"none", "all", "explicit"})}};
  maybe(config, "description", kTexts);
  maybe(config, "ack_wait", {1'000'000, 30'000'000'000, 45'500'000'000});
  maybe(config, "max_deliver", {-1, 20});
  maybe(config, "filter_subjects", {Json::array({"a"}), Json::array({"a.b", "c.>"})});
  maybe(config, "replay_policy", {"instant", "original"});
  maybe(config, "sample_freq", {"50%", "100"});
  maybe(config, "max_ack_pending", {1000, 5});
  maybe(config, "headers_only", {true});
  maybe(config, "inactive_threshold", {0, 86'400'000'000'000});
  maybe(config, "mem_storage", {true});
  maybe(config, "metadata", {Json{{"~", "~"}, {"_nats.level", "1"}}});
  maybe(config, "pause_until", {"2036-01-01T00:00:00Z"});
  if (*rc::gen::arbitrary<bool>()) {
    config["deliver_subject"] = "out.x";
    maybe(config, "deliver_group", {"1e3"});
    maybe(config, "idle_heartbeat", {5'000'000'000});
    maybe(config, "rate_limit_bps", {1024});
    if (config.contains("idle_heartbeat"))
      maybe(config, "flow_control", {true});
  } else {
    maybe(config, "max_waiting", {512, 5});
    maybe(config, "max_batch", {10});
    maybe(config, "max_expires", {60'000'000'000});
    maybe(config, "max_bytes", {4096});
    if (*rc::gen::arbitrary<bool>())
      config.update(Json{{"priority_policy", "pinned_client"},
                         {"priority_groups", {"on"}},
                         {"priority_timeout", 120'000'000'000}});
  }
  switch (*rc::gen::inRange(0, 3)) {
    case 0:
      config.update(Json{{"deliver_policy", "by_start_sequence"}, {"opt_start_seq", 5}});
      break;
    case 1:
      config.update(
          Json{{"deliver_policy", "by_start_time"}, {"opt_start_time", "2026-11-21T12:00:00Z"}});
      break;
    default:
      maybe(config, "deliver_policy", {"all", "last", "new"});
  }
  return config;
}

/// What the server would do: its own choices where nothing is said.
Json meaning(const Field& field, const Json& config, std::int64_t usual) {
  Json value = value_in(field, config);
  return !is_set(field, value) && usual != 0 ? Json(usual) : value;
}

void expect_same_stream(const Json& was, const Json& is) {
  const std::int64_t age = value_in(*find_field("max_age"), was).get<std::int64_t>();
  const std::int64_t window =
      age > 0 ? std::min<std::int64_t>(age, 120'000'000'000) : 120'000'000'000;
  for (const Field& field : stream_fields()) {
    const std::int64_t usual = field.name == "duplicate_window" ? window : 0;
    if (field.name == "subjects")
      RC_ASSERT(was.value("subjects", Json::array()) == is.value("subjects", Json::array()));
    else if (!was.contains("mirror") || field.name != "duplicate_window")
      RC_ASSERT(same_meaning(field, meaning(field, was, usual), meaning(field, is, usual)));
  }
}

void expect_same_consumer(const Json& was, const Json& is) {
  for (const Field& field : consumer_fields()) {
    const std::int64_t usual = field.name == "max_waiting"       ? 512
                               : field.name == "max_ack_pending" ? 1000
                               : field.name == "ack_wait"        ? 30'000'000'000
                                                                 : 0;
    RC_ASSERT(same_meaning(field, meaning(field, was, usual), meaning(field, is, usual)));
  }
}

void expect_round_trip(ExportFormat format, bool with_variables) {
  EXPECT_TRUE(rc::check([&] {
    const Json config = random_stream_config();
    const Json reader = random_consumer_config();
    RC_PRE(stream_problems({.name = "S", .config = config, .origin = {}}).empty());
    RC_PRE(consumer_problems({.stream = "T", .name = "c", .config = reader, .origin = {}}).empty());
    RC_PRE(with_variables || !(has_variable(config) || has_variable(reader)));
    const auto exported =
        export_manifest({stream("S", config)}, {consumer("T", "a:b", reader)}, format);
    RC_ASSERT(exported.notes.empty());

    const auto manifest = parse_manifest(exported.text, "x", {});

    if (!manifest)
      RC_FAIL(manifest.error().front() + "\n" + exported.text);
    RC_ASSERT(manifest->streams.size() == 1U);
    RC_ASSERT(manifest->streams[0].name == "S");
    expect_same_stream(config, manifest->streams[0].config);
    RC_ASSERT(manifest->consumers.size() == 1U);
    RC_ASSERT(manifest->consumers[0].name == "a:b");
    RC_ASSERT(manifest->consumers[0].stream == "T");
    expect_same_consumer(reader, manifest->consumers[0].config);
  }));
}

TEST(ExportTest, OurYamlIsReadAgainWithTheSameMeaning) {
  expect_round_trip(ExportFormat::kOwn, true);
}

TEST(ExportTest, NatscliJsonIsReadAgainWithTheSameMeaning) {
  expect_round_trip(ExportFormat::kNatscli, false);
}

TEST(ExportTest, NackResourcesAreReadAgainWithTheSameMeaning) {
  expect_round_trip(ExportFormat::kNack, false);
}

TEST(ExportTest, BucketsAreReadAgainWithTheSameMeaning) {
  for (const ExportFormat format :
       {ExportFormat::kOwn, ExportFormat::kNatscli, ExportFormat::kNack})
    EXPECT_TRUE(rc::check([&] {
      Json config = kv_config("b");
      maybe(config, "max_msgs_per_subject", {1, 64});
      maybe(config, "max_age", {0, 30'000'000'000, 7'200'000'000'000});
      const auto age = config["max_age"].get<std::int64_t>();
      if (age > 0)
        config["duplicate_window"] = std::min<std::int64_t>(age, 120'000'000'000);
      maybe(config, "max_bytes", {-1, 5000});
      maybe(config, "max_msg_size", {-1, 50});
      maybe(config, "compression", {"none", "s2"});
      maybe(config, "storage", {"file", "memory"});
      maybe(config, "metadata", {Json{{"a", "b"}}, Json{{"_nats.level", "1"}}});
      if (*rc::gen::arbitrary<bool>()) {
        config["subject_delete_marker_ttl"] = 60'000'000'000;
        config["allow_msg_ttl"] = true;
      } else if (*rc::gen::arbitrary<bool>()) {
        config["mirror"] = {{"name", "KV_origin"}};
        config["mirror_direct"] = true;
        config.erase("subjects");
      } else if (*rc::gen::arbitrary<bool>()) {
        config["sources"] = Json::array(
            {{{"name", "KV_c"},
              {"subject_transforms", Json::array({{{"src", "$KV.c.>"}, {"dest", "$KV.b.>"}}})}}});
      }
      const auto exported = export_manifest({stream("KV_b", config)}, {}, format);
      if (format == ExportFormat::kOwn)
        if (!exported.text.starts_with("kv:"))
          RC_FAIL(exported.text + config.dump());

      const auto manifest = parse_manifest(exported.text, "x", {});

      if (!manifest)
        RC_FAIL(manifest.error().front() + "\n" + exported.text);
      RC_ASSERT(manifest->streams.size() == 1U);
      RC_ASSERT(manifest->streams[0].name == "KV_b");
      expect_same_stream(config, manifest->streams[0].config);
    }));
}

}  // namespace
}  // namespace unified::jetstream
