// Every folder of tests/golden/render is a case: settings.json (over the defaults), version, and
// expected.conf or expected.error. UNIFIED_UPDATE_GOLDEN=1 writes the expectations anew.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/parse.h"
#include "render/nats_conf.h"
#include "settings_from_json.h"

namespace unified::render {
namespace {

namespace fs = std::filesystem;

std::string content(const fs::path& file) {
  std::ifstream stream{file, std::ios::binary};
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

Result<std::string> render_folder(const fs::path& folder) {
  const auto settings =
      settings_from_json(nlohmann::json::parse(content(folder / "settings.json")));
  const auto version = parse_server_version(content(folder / "version"));
  const InternalUser internal{"_unified", Secret{"internal-password"}};
  return nats_conf(settings, version.value(), internal, default_template());
}

void compare(const fs::path& expectation, const std::string& actual) {
  if (std::getenv("UNIFIED_UPDATE_GOLDEN") != nullptr)  // NOLINT(concurrency-mt-unsafe): one thread
    std::ofstream{expectation, std::ios::binary} << actual;
  EXPECT_EQ(content(expectation), actual) << expectation;
}

std::vector<fs::path> folders() {
  std::vector<fs::path> found;
  for (const auto& entry :
       fs::directory_iterator{fs::path{UNIFIED_SOURCE_DIR} / "tests/golden/render"})
    found.push_back(entry.path());
  std::ranges::sort(found);
  return found;
}

class NatsConfGoldenTest : public testing::TestWithParam<fs::path> {};

TEST_P(NatsConfGoldenTest, RendersTheExpectedFile) {
  const auto rendered = render_folder(GetParam());

  if (rendered)
    compare(GetParam() / "expected.conf", *rendered);
  else
    compare(GetParam() / "expected.error", rendered.error().message + "\n");
}

INSTANTIATE_TEST_SUITE_P(Folder,
                         NatsConfGoldenTest,
                         testing::ValuesIn(folders()),
                         [](const auto& folder) { return folder.param.filename().string(); });

}  // namespace
}  // namespace unified::render
