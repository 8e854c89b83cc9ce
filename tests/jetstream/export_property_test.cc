// What is exported is read again, with the same meaning.
#include <rapidcheck.h>

#include <gtest/gtest.h>

#include "exported_states.h"
#include "jetstream/consumer_fields.h"
#include "jetstream/consumer_rules.h"
#include "jetstream/export.h"
#include "jetstream/fields.h"
#include "jetstream/manifest.h"
#include "jetstream/manifest_rules.h"

namespace unified::jetstream {
namespace {

using Json = nlohmann::json;

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
    Json config = random_stream_config();
    if (format == ExportFormat::kNack && config.contains("republish"))
      config["republish"].erase("headers_only");  // its custom resource has no field for it
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

TEST(ExportPropertyTest, OurYamlIsReadAgainWithTheSameMeaning) {
  expect_round_trip(ExportFormat::kOwn, true);
}

TEST(ExportPropertyTest, NatscliJsonIsReadAgainWithTheSameMeaning) {
  expect_round_trip(ExportFormat::kNatscli, false);
}

TEST(ExportPropertyTest, NackResourcesAreReadAgainWithTheSameMeaning) {
  expect_round_trip(ExportFormat::kNack, false);
}

TEST(ExportPropertyTest, BucketsAreReadAgainWithTheSameMeaning) {
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
      expect_same_stream(config, as_created(manifest->streams[0]).config);
    }));
}

}  // namespace
}  // namespace unified::jetstream
