#include "jetstream/manifest.h"

#include <gtest/gtest.h>

#include "jetstream/fields.h"
#include "manifest_errors.h"

namespace unified::jetstream {
namespace {

using Json = nlohmann::json;

ManifestVariables variables() {
  return {.scalars = {{"STREAM_NAME", "MARKET_DATA"},
                      {"STREAM_MAX_AGE", "7200"},
                      {"NASTY", "x\n  - name: EVIL"}},
          .lists = {{"STREAM_SUBJECTS", {"a.>", "b.>"}}},
          .secrets = {"NATS_AUTH_PASSWORD"}};
}

Manifest must_parse(const std::string& text) {
  auto manifest = parse_manifest(text, "f.yaml", variables());
  EXPECT_TRUE(manifest.ok()) << (manifest ? "" : manifest.error().front());
  return manifest ? *manifest : Manifest{};
}

std::string faults_of(const std::string& text) {
  return errors_of(text, variables());
}

TEST(ManifestTest, ListForm) {
  const Manifest manifest =
      must_parse("streams:\n  - name: A\n    subjects: [a.>, b.c]\n    max_age: 2h\n");
  ASSERT_EQ(manifest.streams.size(), 1U);
  EXPECT_EQ(manifest.streams[0].name, "A");
  EXPECT_EQ(manifest.streams[0].config,
            Json({{"subjects", {"a.>", "b.c"}}, {"max_age", 7'200'000'000'000}}));
  EXPECT_EQ(manifest.streams[0].origin, "f.yaml:2");
}

TEST(ManifestTest, AnEmptyFilterOfOursMeansNoneAndOfOtherToolsNothing) {
  const Manifest ours =
      must_parse("streams: []\nconsumers: [{stream: S, name: c, filter_subject: \"\"}]\n");
  ASSERT_EQ(ours.consumers.size(), 1U);
  EXPECT_EQ(ours.consumers[0].config["filter_subjects"], Json::array());
  EXPECT_NE(faults_of("streams: []\nconsumers: [{stream: S, name: c, filter_subject: \"\", "
                      "filter_subjects: [a]}]\n")
                .find("not both"),
            std::string::npos);
  const Manifest theirs = must_parse(
      R"({"stream_name": "S", "config": {"durable_name": "c", "ack_policy": "explicit",
          "filter_subject": ""}})");
  ASSERT_EQ(theirs.consumers.size(), 1U);
  EXPECT_FALSE(theirs.consumers[0].config.contains("filter_subjects"));
}

TEST(ManifestTest, GosZeroTimeIsNone) {
  const Manifest manifest = must_parse(
      R"({"stream_name": "S", "config": {"durable_name": "c", "ack_policy": "explicit",
          "pause_until": "0001-01-01T00:00:00Z", "ack_wait": 1}})");
  ASSERT_EQ(manifest.consumers.size(), 1U);
  EXPECT_EQ(manifest.consumers[0].config["pause_until"], "");
  EXPECT_EQ(manifest.consumers[0].config["ack_wait"], 1);
}

TEST(ManifestTest, BothHalvesOfACharacterInJsonAreOne) {
  const Manifest manifest = must_parse(
      R"({"name": "A", "subjects": ["a"], "description": "\ud83d\ude00 \\ud83d\\ude00"})");
  ASSERT_EQ(manifest.streams.size(), 1U);
  EXPECT_EQ(manifest.streams[0].config["description"], "\xF0\x9F\x98\x80 \\ud83d\\ude00");
}

TEST(ManifestTest, MergeKeysAndExtensionsOfYamlAreTaken) {
  const Manifest manifest = must_parse(R"(
x-common: &common
  max_age: 2h
  storage: memory
x-more: &more {max_msgs: 5, storage: file}
streams:
  - {<<: *common, name: A, subjects: [a], max_age: 1h}
  - <<: [*common, *more]
    name: B
    subjects: [b]
)");
  ASSERT_EQ(manifest.streams.size(), 2U);
  EXPECT_EQ(manifest.streams[0].config,
            Json({{"subjects", {"a"}}, {"max_age", 3'600'000'000'000}, {"storage", "memory"}}));
  EXPECT_EQ(manifest.streams[1].config, Json({{"subjects", {"b"}},
                                              {"max_age", 7'200'000'000'000},
                                              {"max_msgs", 5},
                                              {"storage", "memory"}}));
  EXPECT_NE(faults_of("streams: [{<<: 5, name: A, subjects: [a]}]"), "no error");
  EXPECT_NE(faults_of("x-a: &a {maxage: 1}\nstreams: [{<<: *a, name: A}]").find("f.yaml:1"),
            std::string::npos);
}

TEST(ManifestTest, AKeyOfJsonThatIsTwiceTheSameIsNoMistake) {
  EXPECT_EQ(must_parse(R"({"name": "A", "subjects": ["a"], "name": "A"})").streams.size(), 1U);
  EXPECT_NE(faults_of(R"({"name": "A", "subjects": ["a"], "name": "B"})").find("twice"),
            std::string::npos);
  EXPECT_NE(faults_of("streams: [{name: A, subjects: [a], name: A}]").find("twice"),
            std::string::npos);
}

TEST(ManifestTest, OneStreamWithoutNameIsToldToBeThat) {
  EXPECT_NE(faults_of(R"({"subjects": ["a"], "storage": "file"})").find("without \"name\""),
            std::string::npos);
}

TEST(ManifestTest, MapFormBelowNats) {
  const Manifest manifest =
      must_parse("nats:\n  streams:\n    A: {subjects: [a.>]}\n    B: {subjects: b.>}\n");
  ASSERT_EQ(manifest.streams.size(), 2U);
  EXPECT_EQ(manifest.streams[1].name, "B");
  EXPECT_EQ(manifest.streams[1].config["subjects"], Json::array({"b.>"}));
}

TEST(ManifestTest, NoControlCharacterOfTheTextIsInAMessage) {
  for (const std::string& text :
       {std::string{"streams: \"\\\0\"", 13},
        std::string{"streams: [{name: A, description: \"${A\\e[31m}\"}]"}})
    for (const char c : faults_of(text))
      EXPECT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20) << text;
}

TEST(ManifestTest, StreamsInTwoPlacesAreRefused) {
  for (const char* text :
       {"streams: []\nnats: {streams: []}\n", "nats: {streams: []}\nstreams: []\n"})
    EXPECT_NE(faults_of(text).find("only one of them"), std::string::npos) << text;
}

TEST(ManifestTest, NoStreamsMustBeSaid) {
  EXPECT_TRUE(must_parse("streams: []").streams.empty());
  EXPECT_TRUE(must_parse("streams: {}").streams.empty());
  for (const char* text : {"", "# nothing\n", "streams:\n", "nats: {}\n", "- a\n", "x"})
    EXPECT_NE(faults_of(text), "no error") << text;
}

TEST(ManifestTest, VariablesStandInScalars) {
  const Manifest manifest = must_parse(
      "streams:\n  - name: ${STREAM_NAME}\n    subjects: ${STREAM_SUBJECTS}\n    max_age: "
      "${STREAM_MAX_AGE}\n"
      "    description: for ${STREAM_NAME}!\n");
  EXPECT_EQ(manifest.streams[0].name, "MARKET_DATA");
  EXPECT_EQ(manifest.streams[0].config["subjects"], Json::array({"a.>", "b.>"}));
  EXPECT_EQ(manifest.streams[0].config["description"], "for MARKET_DATA!");
  EXPECT_EQ(manifest.used_variables,
            (std::set<std::string>{"STREAM_NAME", "STREAM_SUBJECTS", "STREAM_MAX_AGE"}));
}

TEST(ManifestTest, ListVariableJoinsOtherSubjects) {
  const Manifest manifest =
      must_parse("streams:\n  A:\n    subjects:\n      - ${STREAM_SUBJECTS}\n      - c.>\n");
  EXPECT_EQ(manifest.streams[0].config["subjects"], Json::array({"a.>", "b.>", "c.>"}));
}

TEST(ManifestTest, ValueCannotBecomeYaml) {
  const Manifest manifest =
      must_parse("streams:\n  A:\n    subjects: a\n    description: ${NASTY}\n");
  ASSERT_EQ(manifest.streams.size(), 1U);
  EXPECT_EQ(manifest.streams[0].config["description"], "x\n  - name: EVIL");
}

struct Value {
  const char* yaml;
  const char* field;
  Json expected;
};

TEST(ManifestTest, EveryFieldIsRead) {
  const std::vector<Value> values{{"retention: WorkQueue", "retention", "workqueue"},
                                  {"max_consumers: 50", "max_consumers", 50},
                                  {"max_msgs: -1", "max_msgs", -1},
                                  {"max_msgs: \"100\"", "max_msgs", 100},
                                  {"max_bytes: 1GiB", "max_bytes", 1073741824},
                                  {"max_bytes: 64K", "max_bytes", 64000},
                                  {"max_bytes: -1", "max_bytes", -1},
                                  {"max_age: 7200", "max_age", 7'200'000'000'000},
                                  {"max_age: 0", "max_age", 0},
                                  {"max_age: 1h30m", "max_age", 5'400'000'000'000},
                                  {"max_msg_size: 1MB", "max_msg_size", 1048576},
                                  {"max_msgs_per_subject: 1", "max_msgs_per_subject", 1},
                                  {"discard: new", "discard", "new"},
                                  {"storage: memory", "storage", "memory"},
                                  {"num_replicas: 3", "num_replicas", 3},
                                  {"duplicate_window: 5m", "duplicate_window", 300'000'000'000},
                                  {"description: hällo", "description", "hällo"},
                                  {"compression: s2", "compression", "s2"},
                                  {"no_ack: yes", "no_ack", true},
                                  {"allow_direct: on", "allow_direct", true},
                                  {"allow_rollup_hdrs: true", "allow_rollup_hdrs", true},
                                  {"deny_delete: 1", "deny_delete", true},
                                  {"deny_purge: false", "deny_purge", false}};
  for (const Value& value : values) {
    const Manifest manifest =
        must_parse(std::string{"streams:\n  A:\n    subjects: a.>\n    "} + value.yaml + "\n");
    ASSERT_EQ(manifest.streams.size(), 1U) << value.yaml;
    EXPECT_EQ(manifest.streams[0].config[value.field], value.expected) << value.yaml;
  }
}

struct Wrong {
  const char* field;     // below a stream with subjects
  const char* expected;  // part of the message
};

TEST(ManifestTest, WrongFieldsAreNamed) {
  const std::vector<Wrong> cases{
      {"max_mgs: 5", "f.yaml:4: unknown field \"max_mgs\" (did you mean max_msgs?)"},
      {"max_msgs: many", "f.yaml:4: max_msgs: \"many\" is not a whole number"},
      {"max_msgs: -2", "out of range"},
      {"max_msgs:", "max_msgs: has no value"},
      {"max_msgs: [1]", "expected one value"},
      {"max_bytes: 1XB", "is not a size"},
      {"max_age: 5 parsecs", "is not a duration"},
      {"max_age: 50ms", "shorter than"},
      {"max_age: -1", "is not a duration"},
      {"retention: limit", "did you mean limits?"},
      {"storage: fil", "did you mean file?"},
      {"num_replicas: 7", "out of range, 1 to 5"},
      {"deny_purge: ture", "neither true nor false"},
      {"max_msg_size: 4GB", "out of range"},
      {"max_msgs: ${STREAM_MAX_AGGE}",
       "unknown variable ${STREAM_MAX_AGGE} (did you mean ${STREAM_MAX_AGE}?)"},
      {"description: ${NATS_AUTH_PASSWORD}", "is a secret"},
      {"description: ${STREAM_SUBJECTS}", "is a list"},
      {"description: ${STREAM_NAME:-x}", "only ${NAME}"},
      {"description: ${STREAM_NAME", "without"},
      {"max_msgs: 1\n    max_msgs: 2", "f.yaml:5: key \"max_msgs\" twice"},
      {"max_age: 60\n    duplicate_window: 120", "duplicate_window 2m is longer than max_age 1m"},
      {"discard_new_per_subject: true", "needs discard: new"},
      {"deny_purge: true\n    allow_rollup_hdrs: true", "purge permission"},
      {"name: B", "differs from the key"}};
  for (const Wrong& wrong : cases) {
    const std::string errors =
        faults_of(std::string{"streams:\n  A:\n    subjects: a.>\n    "} + wrong.field + "\n");
    EXPECT_NE(errors.find(wrong.expected), std::string::npos) << wrong.field << "\n" << errors;
  }
}

TEST(ManifestTest, AllMistakesAtOnce) {
  const std::string errors = faults_of(
      "streams:\n  - name: A B\n    subjects: a..b\n    max_msgs: x\n  - subjects: b\n    foo: "
      "1\nbar: 1\n");
  for (const char* part : {"stream name \"A B\"", "\"a..b\" is not valid", "max_msgs",
                           "without name", "\"foo\"", "unknown key \"bar\""})
    EXPECT_NE(errors.find(part), std::string::npos) << part << "\n" << errors;
}

TEST(ManifestTest, SubjectsAreChecked) {
  const std::vector<Wrong> cases{
      {"[a.>, a.b]", "overlaps"},       {"[a, a]", "listed twice"},
      {"['>']", "needs no_ack"},        {"[$JS.API.>]", "the server's own"},
      {"[$SYS.a]", "the server's own"}, {"['a b']", "is not valid"},
      {"a.>, b.>", "is not valid"}};
  for (const Wrong& wrong : cases) {
    const std::string errors =
        faults_of(std::string{"streams:\n  A:\n    subjects: "} + wrong.field + "\n");
    EXPECT_NE(errors.find(wrong.expected), std::string::npos) << wrong.field << "\n" << errors;
  }
  EXPECT_EQ(must_parse("streams:\n  A:\n    no_ack: true\n    subjects: ['>']\n").streams.size(),
            1U);
  EXPECT_EQ(must_parse("streams:\n  A: {storage: file}\n").warnings.size(), 1U);
}

TEST(ManifestTest, StreamsMustNotShareNamesOrSubjects) {
  const std::string overlap =
      faults_of("streams:\n  A: {subjects: a.>}\n  B: {subjects: [b, a.x]}\n");
  EXPECT_NE(overlap.find("f.yaml:3: subject \"a.x\" of B overlaps \"a.>\" of A (f.yaml:2)"),
            std::string::npos)
      << overlap;
  const std::string twice =
      faults_of("streams:\n  - {name: A, subjects: a}\n  - {name: A, subjects: b}\n");
  EXPECT_NE(twice.find("declared twice"), std::string::npos) << twice;
  EXPECT_NE(faults_of("streams:\n  A: {subjects: a}\n  A: {subjects: b}\n"), "no error");
}

TEST(ManifestTest, DefaultManifestIsMarketData) {
  const ManifestVariables defaults{
      .scalars = {{"STREAM_NAME", "MARKET_DATA"},
                  {"STORAGE_TYPE", "file"},
                  {"STREAM_REPLICAS", "1"},
                  {"STREAM_COMPRESSION", "none"},
                  {"RETENTION_POLICY", "limits"},
                  {"DISCARD_POLICY", "old"},
                  {"STREAM_MAX_AGE", "7200"},
                  {"STREAM_MAX_MSGS", "1000000"},
                  {"STREAM_MAX_BYTES", "1073741824"},
                  {"STREAM_MAX_MSG_SIZE", "-1"},
                  {"STREAM_MAX_MSGS_PER_SUBJECT", "-1"},
                  {"STREAM_MAX_CONSUMERS", "50"},
                  {"STREAM_DUPLICATE_WINDOW", "300"}},
      .lists = {{"STREAM_SUBJECTS", {"orderbook-data.>", "trade-data.>"}}},
      .secrets = {}};
  const auto manifest = parse_manifest(default_manifest(), "streams.yaml", defaults);
  ASSERT_TRUE(manifest.ok()) << manifest.error().front();
  ASSERT_EQ(manifest->streams.size(), 1U);
  EXPECT_EQ(manifest->streams[0].config, Json({{"subjects", {"orderbook-data.>", "trade-data.>"}},
                                               {"storage", "file"},
                                               {"num_replicas", 1},
                                               {"compression", "none"},
                                               {"retention", "limits"},
                                               {"discard", "old"},
                                               {"max_age", 7'200'000'000'000},
                                               {"max_msgs", 1'000'000},
                                               {"max_bytes", 1'073'741'824},
                                               {"max_msg_size", -1},
                                               {"max_msgs_per_subject", -1},
                                               {"max_consumers", 50},
                                               {"duplicate_window", 300'000'000'000}}));
  EXPECT_EQ(manifest->used_variables.size(), defaults.scalars.size() + defaults.lists.size());
}

}  // namespace
}  // namespace unified::jetstream
