// What is no manifest: other tools' formats, broken text, bombs, anything at all.
#include <rapidcheck.h>

#include <gtest/gtest.h>

#include "manifest_errors.h"

namespace unified::jetstream {
namespace {

const ManifestVariables kVariables{
    .scalars = {{"STREAM_NAME", "MARKET_DATA"}}, .lists = {}, .secrets = {}};

TEST(NoManifestTest, OtherObjectsOfKubernetesAreNamed) {
  EXPECT_NE(errors_of("apiVersion: v1\nkind: ConfigMap\n").find("\"ConfigMap\" (\"v1\")"),
            std::string::npos);
  EXPECT_NE(errors_of("apiVersion: jetstream.nats.io/v2\nkind: Stream\nspec: {}\n")
                .find("only jetstream.nats.io/v1beta1 and v1beta2"),
            std::string::npos);
}

TEST(NoManifestTest, AListOfAnythingElseIsNone) {
  for (const char* text : {"[1]", "- a: b\n", "[[{name: A}]]", "{}"})
    EXPECT_NE(errors_of(text), "no error") << text;
}

TEST(NoManifestTest, BrokenYamlHasALine) {
  EXPECT_NE(errors_of("streams:\n  - name: [A\n").find("not valid YAML"), std::string::npos);
  EXPECT_NE(errors_of("streams: []\n---\nstreams: [\n").find("f.yaml:4: not valid YAML"),
            std::string::npos);
}

TEST(NoManifestTest, TextThatTheParserNeverGetsThroughEnds) {
  for (const char* text : {",", ",,", "---\n,", "streams: []\n---\n,"})
    EXPECT_NE(errors_of(text).find("too many documents"), std::string::npos) << text;
}

TEST(NoManifestTest, BombsAreRefused) {
  std::string bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int k = 0; k < 10; ++k)
      bomb += before + " ,";
    bomb += "x]\n";
  }
  EXPECT_NE(errors_of(bomb).find("aliases that multiply"), std::string::npos);
  EXPECT_NE(errors_of(std::string(500'000, '[')).find("deeply"), std::string::npos);
  EXPECT_NE(errors_of(std::string(500'000, '{')).find("deeply"), std::string::npos);
  std::string dashes;
  for (int i = 0; i < 100'000; ++i)
    dashes += "- ";
  EXPECT_NE(errors_of(dashes).find("deeply"), std::string::npos);
  std::string indented;
  for (std::size_t i = 0; i < 1300; ++i)
    indented += std::string(i, ' ') + "a:\n";
  EXPECT_NE(errors_of(indented), "no error");
  EXPECT_NE(errors_of(std::string((1U << 20U) + 1, ' ')).find("1 MiB"), std::string::npos);
  EXPECT_NE(errors_of("streams: &a\n  x: *a\n"), "no error");
}

TEST(NoManifestTest, ArbitraryTextNeverCrashes) {
  EXPECT_TRUE(rc::check([](const std::string& text) {
    const auto manifest = parse_manifest(text, "f", kVariables);
    if (!manifest)
      RC_ASSERT(!manifest.error().empty());
  }));
  const std::vector<std::string> pieces{
      "streams", ":",  "\n",          " ",        "- ", "name", "{", "}", "[", "]",   "a.>", "&a",
      "*a",      "${", "STREAM_NAME", "subjects", "\"", "'",    "|", "#", "?", "!!x", "\t"};
  EXPECT_TRUE(rc::check([&] {
    std::string text;
    for (const auto& piece :
         *rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(pieces)))
      text += piece;
    const auto manifest = parse_manifest(text, "f", kVariables);
    if (!manifest)
      RC_ASSERT(!manifest.error().empty());
  }));
}

}  // namespace
}  // namespace unified::jetstream
