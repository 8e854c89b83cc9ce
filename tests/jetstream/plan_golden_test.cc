// Every folder of tests/golden/plan is a test: desired.yaml against actual.json on a server of
// `version`, with what `allow` permits, at noon of 2026-11-21. UNIFIED_UPDATE_GOLDEN=1 writes the
// expected files anew: read the diff.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "base/parse.h"
#include "jetstream/api_answers.h"
#include "jetstream/manifest.h"
#include "jetstream/plan.h"
#include "jetstream/rfc3339.h"

namespace unified::jetstream {
namespace {

namespace fs = std::filesystem;
const fs::path kRoot = fs::path{UNIFIED_SOURCE_DIR} / "tests/golden/plan";

std::string content(const fs::path& file) {
  std::ifstream in{file};
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<std::string> cases() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator{kRoot})
    names.push_back(entry.path().filename().string());
  std::ranges::sort(names);
  return names;
}

Actual actual_in(const fs::path& folder) {
  const auto listed = nlohmann::json::parse(content(folder / "actual.json"));
  Actual actual{
      .version = parse_server_version(trim(content(folder / "version"))).value_or(ServerVersion{}),
      .clustered = listed.value("clustered", false),
      .streams = {},
      .unloaded = {}};
  for (const auto& stream : listed.value("streams", nlohmann::json::array()))
    actual.streams.push_back(parse_stream(stream));
  for (const auto& stream : listed.value("unloaded", nlohmann::json::array()))
    actual.unloaded.push_back({stream.at("name"), stream.at("evidence")});
  return actual;
}

std::string plan_of(const fs::path& folder) {
  const auto manifest = parse_manifest(content(folder / "desired.yaml"), "desired.yaml", {});
  if (!manifest)
    return manifest.error().front();
  const std::string allow = content(folder / "allow");
  const Allowed allowed{.lossy = allow.find("lossy") != std::string::npos,
                        .irreversible = allow.find("irreversible") != std::string::npos,
                        .recreate = false};
  const Plan plan = make_plan(*manifest, actual_in(folder), allowed,
                              parse_rfc3339("2026-11-21T12:00:00Z").value_or(0));
  std::string text = to_text(plan);
  for (const StreamPlan& stream : plan.streams)
    if (!stream.request.is_null())
      text += "request " + stream.name + " " + stream.request.dump() + "\n";
  return text;
}

class PlanGoldenTest : public testing::TestWithParam<std::string> {};

TEST_P(PlanGoldenTest, PlanIsAsExpected) {
  const fs::path folder = kRoot / GetParam();
  const std::string plan = plan_of(folder);
  if (std::getenv("UNIFIED_UPDATE_GOLDEN") != nullptr)
    std::ofstream{folder / "expected"} << plan;
  EXPECT_EQ(plan, content(folder / "expected"));
}

INSTANTIATE_TEST_SUITE_P(Cases, PlanGoldenTest, testing::ValuesIn(cases()), [](const auto& golden) {
  return golden.param;
});

}  // namespace
}  // namespace unified::jetstream
