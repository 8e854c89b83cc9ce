// The fields that are more than a number or a word: how they are written, and what is wrong with
// them.
#include <gtest/gtest.h>

#include "jetstream/fields.h"
#include "jetstream/manifest.h"

namespace unified::jetstream {
namespace {

using Json = nlohmann::json;

/// Stream A with `fields`, one a line.
std::string manifest_with(const std::string& fields) {
  return "streams:\n  A:\n    " + fields + "\n";
}

Json config_of(const std::string& fields) {
  const auto manifest = parse_manifest(manifest_with(fields), "f.yaml", {});
  EXPECT_TRUE(manifest.ok()) << fields << "\n" << (manifest ? "" : manifest.error().front());
  return manifest ? manifest->streams.front().config : Json::object();
}

std::string errors_of(const std::string& fields) {
  const auto manifest = parse_manifest(manifest_with(fields), "f.yaml", {});
  std::string all;
  if (!manifest)
    for (const std::string& error : manifest.error())
      all += error + "\n";
  return all;
}

struct Written {
  const char* yaml;
  const char* field;
  Json expected;
};

TEST(ManifestFieldsTest, EveryFieldIsReadAsTheApiWantsIt) {
  const std::vector<Written> cases{
      {"metadata: {team: a, count: 5}", "metadata", {{"team", "a"}, {"count", "5"}}},
      {"placement: {cluster: C, tags: [x, y]}",
       "placement",
       {{"cluster", "C"}, {"tags", {"x", "y"}}}},
      {"placement: {tags: x}", "placement", {{"tags", {"x"}}}},
      {"republish: {src: a.>, dest: r.>, headers_only: yes}",
       "republish",
       {{"src", "a.>"}, {"dest", "r.>"}, {"headers_only", true}}},
      {"subject_transform: {src: a.*, dest: 'b.{{wildcard(1)}}'}",
       "subject_transform",
       {{"src", "a.*"}, {"dest", "b.{{wildcard(1)}}"}}},
      {"consumer_limits: {inactive_threshold: 1h, max_ack_pending: 5}",
       "consumer_limits",
       {{"inactive_threshold", 3'600'000'000'000}, {"max_ack_pending", 5}}},
      {"sources: [O, {name: P, opt_start_seq: 7}]", "sources",
       Json::array({{{"name", "O"}}, {{"name", "P"}, {"opt_start_seq", 7}}})},
      {"sources: [{name: O, external: {api: $JS.x.API, deliver: d}}]", "sources",
       Json::array({{{"name", "O"}, {"external", {{"api", "$JS.x.API"}, {"deliver", "d"}}}}})},
      {"sources: [{name: O, opt_start_time: 2026-11-21T12:00:00.5+02:00}]", "sources",
       Json::array({{{"name", "O"}, {"opt_start_time", "2026-11-21T10:00:00.5Z"}}})},
      {"mirror: {}", "mirror", Json::object()},
      {"first_seq: 100", "first_seq", 100},
      {"allow_msg_ttl: true", "allow_msg_ttl", true},
      {"subject_delete_marker_ttl: 10m", "subject_delete_marker_ttl", 600'000'000'000},
      {"allow_msg_counter: true", "allow_msg_counter", true},
      {"allow_msg_schedules: true", "allow_msg_schedules", true},
      {"allow_atomic: true", "allow_atomic", true},
      {"allow_batched: true", "allow_batched", true},
      {"persist_mode: async", "persist_mode", "async"},
      {"sealed: true", "sealed", true}};
  for (const Written& one : cases)
    EXPECT_EQ(config_of(std::string{"subjects: a.>\n    "} + one.yaml)[one.field], one.expected)
        << one.yaml;
  EXPECT_EQ(config_of("mirror: O\n    mirror_direct: true")["mirror"], Json({{"name", "O"}}));
}

struct WrongField {
  const char* yaml;
  const char* expected;
};

TEST(ManifestFieldsTest, WhatNoServerCarriesOutIsRefusedWithALine) {
  const std::vector<WrongField> cases{
      {"metadata: x", "f.yaml:4: metadata: expected a map"},
      {"metadata: {_nats.ver: x}", "the server's own"},
      {"metadata: {a: [1]}", "metadata: \"a\": expected one value"},
      {"metadata: {\"\\x07\": [1]}", "metadata: \"\\x07\": expected one value"},
      {"metadata: {a: \xff}", "metadata: not UTF-8"},
      {"placement: {preferred: x}", "placement: unknown field \"preferred\""},
      {"placement: {clusters: x}", "did you mean cluster?"},
      {"placement: x", "expected a map of cluster, tags; {} means none"},
      {"republish: {src: a.>}", "republish: needs dest"},
      {"republish: {dest: a.b}", "a cycle"},
      {"republish: {dest: 'a.{{wildcard(1)}}', src: a.*}", "a cycle"},
      {"subject_transform: {src: a.*, dest: 'b.{{wildcard(2)}}'}", "names wildcard 2"},
      {"subject_transform: {src: a..b, dest: b}", "src \"a..b\" is not valid"},
      {"consumer_limits: {max_ack_pending: many}", "max_ack_pending: \"many\" is not a whole"},
      {"sources: O", "sources: expected a list; [] means none"},
      {"sources: [{filter_subject: a}]", "sources: needs the name of a stream"},
      {"sources: [A]", "can't be read into itself"},
      {"sources: [{name: O, filter_subject: a..b}]", "filter_subject \"a..b\" is not valid"},
      {"sources: [{name: O, filter_subject: a, subject_transforms: [{src: a, dest: b}]}]",
       "not both"},
      {"sources: [{name: O, opt_start_time: yesterday}]", "is not a time like"},
      {"sources: [{name: O, external: {deliver: d}}]", "external needs api"},
      {"mirror: O", "a mirror has no subjects of its own"},
      {"mirror_direct: true", "for mirrors only"},
      {"mirror: O\n    sources: [P]", "a mirror can't have sources too"},
      {"mirror: O\n    allow_batched: true", "nobody publishes to a mirror"},
      {"allow_msg_counter: true\n    discard: new", "can't have discard: new"},
      {"allow_msg_counter: true\n    retention: interest", "needs retention: limits"},
      {"persist_mode: async\n    storage: memory", "needs storage: file"},
      {"persist_mode: async\n    allow_atomic: true", "can't have allow_atomic"},
      {"subject_delete_marker_ttl: 500ms", "shorter than nats-server takes (1s)"},
      {"subject_delete_marker_ttl: 5s\n    deny_purge: true", "purge permission"},
      {"subject_delete_marker_ttl: 5s\n    allow_msg_ttl: false", "needs allow_msg_ttl: true"},
      {"allow_msg_schedules: true\n    allow_rollup_hdrs: false", "needs allow_rollup_hdrs: true"},
      {"allow_msg_schedules: true\n    sources: [O]", "can't schedule"},
      {"persist_mode: sync", "is none of default, async"},
      {"template_owner: x", "unknown field \"template_owner\""}};
  for (const WrongField& wrong : cases)
    EXPECT_NE(errors_of(std::string{"subjects: a.>\n    "} + wrong.yaml).find(wrong.expected),
              std::string::npos)
        << wrong.yaml << "\n"
        << errors_of(std::string{"subjects: a.>\n    "} + wrong.yaml);
}

TEST(ManifestFieldsTest, AStreamWithoutSubjectsStoresWhatIsPublishedToItsName) {
  for (const char* fed : {"mirror: O", "sources: [O]"})
    EXPECT_FALSE(config_of(fed).contains("subjects")) << fed;
  for (const char* none : {"mirror: {}", "sources: []", "subjects: []", "storage: file"})
    EXPECT_EQ(config_of(none)["subjects"], Json::array({"A"})) << none;
}

TEST(ManifestFieldsTest, UnsignedFieldsGoUpTo64Bits) {
  const Json config = config_of(
      "{subjects: a.>, first_seq: 18446744073709551615, sources: [{name: O, opt_start_seq: "
      "9223372036854775808}]}");
  EXPECT_EQ(config["first_seq"], 18446744073709551615U);
  EXPECT_EQ(config["sources"][0]["opt_start_seq"], 9223372036854775808U);
  EXPECT_NE(errors_of("max_msgs: 9223372036854775808"), "");
}

TEST(ManifestFieldsTest, EveryRowOfTheTableCanBeWritten) {
  for (const Field& field : stream_fields())
    EXPECT_EQ(errors_of("subjects: a.>\n    " + std::string{field.name} + ": {zzz: 1}")
                  .find("unknown field \"" + std::string{field.name}),
              std::string::npos)
        << field.name;
}

TEST(ManifestFieldsTest, AThousandStreamsWithEverythingAreReadInOneGo) {
  std::string text = "streams:\n";
  for (int i = 0; i < 1000; ++i)
    text +=
        "  - {name: S" + std::to_string(i) + ", subjects: [s" + std::to_string(i) + ".>, t." +
        std::to_string(i) + ".*], storage: file, max_msgs: 1000, max_bytes: 1MB, max_age: 2h, " +
        "num_replicas: 1, compression: none, retention: limits, discard: old, "
        "max_msg_size: -1, max_consumers: 50, duplicate_window: 5m, allow_direct: true, "
        "deny_delete: false, description: \"one of a thousand streams of this manifest\", "
        "metadata: {team: feeds, purpose: test, number: \"" +
        std::to_string(i) +
        "\"}, placement: {tags: [a, b]}, consumer_limits: {max_ack_pending: 5}, " +
        "republish: {dest: r.>}, no_ack: false, sealed: false, first_seq: 0, allow_atomic: false, "
        "sources: [{name: OTHER, filter_subject: a.b, opt_start_seq: 5}], "
        "max_msgs_per_subject: -1, allow_rollup_hdrs: false, deny_purge: false}\n";
  ASSERT_LT(text.size(), 1U << 20U);

  const auto manifest = parse_manifest(text, "f.yaml", {});

  ASSERT_TRUE(manifest.ok()) << manifest.error().front();
  EXPECT_EQ(manifest->streams.size(), 1000U);
}

TEST(ManifestFieldsTest, OverlapsAreFoundInAThousandStreams) {
  std::string text = "streams:\n";
  for (int i = 0; i < 1000; ++i)
    text += "  S" + std::to_string(i) + ": {subjects: s." + std::to_string(i) + ".>}\n";
  text += "  LAST: {subjects: s.*.x}\n";

  const auto manifest = parse_manifest(text, "f.yaml", {});

  ASSERT_FALSE(manifest.ok());
  ASSERT_EQ(manifest.error().size(), 1U);
  EXPECT_NE(manifest.error().front().find("\"s.*.x\" of LAST overlaps \"s.0.>\" of S0"),
            std::string::npos)
      << manifest.error().front();
}

}  // namespace
}  // namespace unified::jetstream
