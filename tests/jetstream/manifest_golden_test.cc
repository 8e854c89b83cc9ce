// Every folder of tests/golden/manifest is a test: what input.yaml or input.json declares, or is
// refused for. UNIFIED_UPDATE_GOLDEN=1 writes the expected files anew: read the diff.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "jetstream/manifest.h"

namespace unified::jetstream {
namespace {

namespace fs = std::filesystem;
const fs::path kManifests = fs::path{UNIFIED_SOURCE_DIR} / "tests/golden/manifest";

std::string text_in(const fs::path& file) {
  std::ifstream in{file};
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<std::string> manifest_cases() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator{kManifests})
    names.push_back(entry.path().filename().string());
  std::ranges::sort(names);
  return names;
}

std::string show_allow(const std::optional<Allowed>& allow) {
  if (!allow)
    return "";
  return std::string{" allow"} + (allow->lossy ? " lossy" : "") +
         (allow->irreversible ? " irreversible" : "") + (allow->recreate ? " recreate" : "");
}

std::string show(const Manifest& manifest) {
  std::string text;
  for (const StreamSpec& stream : manifest.streams)
    text += stream.origin + " stream " + stream.name + show_allow(stream.allow) + "\n  " +
            stream.config.dump() + "\n" +
            (stream.at_creation.empty() ? "" : "  at creation " + stream.at_creation.dump() + "\n");
  for (const ConsumerSpec& consumer : manifest.consumers)
    text += consumer.origin + " consumer " + consumer.stream + " " + consumer.name +
            show_allow(consumer.allow) + "\n  " + consumer.config.dump() + "\n";
  for (const std::string& warning : manifest.warnings)
    text += "warning " + warning + "\n";
  return text;
}

class ManifestGoldenTest : public testing::TestWithParam<std::string> {};

TEST_P(ManifestGoldenTest, IsReadAsExpected) {
  const ManifestVariables variables{
      .scalars = {{"STREAM_NAME", "MARKET_DATA"}, {"STREAM_MAX_AGE", "7200"}},
      .lists = {{"STREAM_SUBJECTS", {"a.>", "b.>"}}},
      .secrets = {}};
  const fs::path folder = kManifests / GetParam();
  const std::string file = fs::exists(folder / "input.yaml") ? "input.yaml" : "input.json";
  const auto manifest = parse_manifest(text_in(folder / file), file, variables);
  std::string result;
  if (manifest)
    result = show(*manifest);
  else
    for (const std::string& error : manifest.error())
      result += error + "\n";
  if (std::getenv("UNIFIED_UPDATE_GOLDEN") != nullptr)
    std::ofstream{folder / "expected"} << result;
  EXPECT_EQ(result, text_in(folder / "expected"));
}

INSTANTIATE_TEST_SUITE_P(Cases,
                         ManifestGoldenTest,
                         testing::ValuesIn(manifest_cases()),
                         [](const auto& golden) { return golden.param; });

}  // namespace
}  // namespace unified::jetstream
