// tests/golden/presets/NAME.json is what an empty server is asked to create for STREAMS_FILE=NAME.
// UNIFIED_UPDATE_GOLDEN=1 writes the files anew: read the diff.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include <gtest/gtest.h>

#include "app/manifest_source.h"
#include "base/parse.h"
#include "config/fake_host.h"
#include "jetstream/plan.h"
#include "jetstream/presets.h"

namespace unified::app {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

std::string text_of(const fs::path& file) {
  std::ifstream in{file, std::ios::binary};
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

Result<LoadedManifest, Failure> manifest_of(const std::string& streams_file) {
  const auto loaded = config::load({.environment = {{"STREAMS_FILE", streams_file}},
                                    .env_files = {},
                                    .arguments = {},
                                    .strict = false},
                                   config::FakeHost{});
  if (!loaded)
    throw std::runtime_error(to_text(loaded.error().front()));
  return load_manifest(loaded->settings);
}

std::string requests_of(const LoadedManifest& manifest) {
  jetstream::Actual empty;
  empty.version = parse_server_version("2.10.27").value();
  Json requests = Json::array();
  for (const auto& stream : make_plan(manifest, empty, {}, 0).streams)
    requests.push_back(stream.request);
  return requests.dump(2) + "\n";
}

class PresetGoldenTest : public testing::TestWithParam<std::string> {};

TEST_P(PresetGoldenTest, TheServerIsAskedForItsStreams) {
  const fs::path golden =
      fs::path{UNIFIED_SOURCE_DIR} / "tests/golden/presets" / (GetParam() + ".json");

  const auto manifest = manifest_of(GetParam());

  ASSERT_TRUE(manifest) << manifest.error().lines.front();
  EXPECT_EQ(manifest->source, "preset " + GetParam());
  EXPECT_TRUE(manifest->warnings.empty()) << manifest->warnings.front();
  const std::string requests = requests_of(*manifest);
  if (std::getenv("UNIFIED_UPDATE_GOLDEN") != nullptr)
    std::ofstream{golden, std::ios::binary} << requests;
  EXPECT_EQ(requests, text_of(golden)) << golden;
}

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const jetstream::Preset& preset : jetstream::presets())
    all.emplace_back(preset.name);
  return all;
}

INSTANTIATE_TEST_SUITE_P(Preset,
                         PresetGoldenTest,
                         testing::ValuesIn(names()),
                         [](const auto& preset) {
                           std::string name = preset.param;
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

TEST(PresetsTest, TheTextsAreTheFilesOfTemplates) {
  for (const jetstream::Preset& preset : jetstream::presets())
    EXPECT_EQ(preset.text, text_of(fs::path{UNIFIED_SOURCE_DIR} / "templates" / preset.file));
}

TEST(PresetsTest, AnUnknownNameListsThemWithTheNearest) {
  const auto manifest = manifest_of("brokr");

  ASSERT_FALSE(manifest);
  EXPECT_EQ(manifest.error().exit_code, kExitConfiguration);
  EXPECT_EQ(manifest.error().lines,
            std::vector<std::string>{
                "STREAMS_FILE=\"brokr\": no such file here, and no preset of that name (did you "
                "mean broker?); presets: default, broker, push, all, custom-example"});
}

/// A folder to work in while it lives: a bare name is looked for in the working folder, and other
/// tests run there.
class WorkingFolder {
 public:
  WorkingFolder() : before_(fs::current_path()) {
    std::string path = (fs::temp_directory_path() / "unified-XXXXXX").string();
    if (mkdtemp(path.data()) == nullptr)
      throw std::runtime_error("cannot make a folder " + path);
    fs::current_path(path);
  }
  WorkingFolder(const WorkingFolder&) = delete;
  WorkingFolder(WorkingFolder&&) = delete;
  WorkingFolder& operator=(const WorkingFolder&) = delete;
  WorkingFolder& operator=(WorkingFolder&&) = delete;
  ~WorkingFolder() {
    std::error_code ignored;
    const fs::path here = fs::current_path(ignored);
    fs::current_path(before_, ignored);
    fs::remove_all(here, ignored);
  }

 private:
  fs::path before_;
};

TEST(PresetsTest, AFileOfAPresetsNameIsTheFile) {
  const WorkingFolder folder;
  std::ofstream{"push"} << "streams: [{name: MINE, subjects: [mine.>]}]\n";

  const auto manifest = manifest_of("push");

  ASSERT_TRUE(manifest) << manifest.error().lines.front();
  ASSERT_EQ(manifest->streams.size(), 1U);
  EXPECT_EQ(manifest->streams[0].name, "MINE");
  EXPECT_EQ(manifest->source, "push");
}

TEST(PresetsTest, BelowANatsRootTheyMeanTheSame) {
  const std::string text = text_of("templates/streams.custom-example.yaml");
  const auto plain = manifest_of("custom-example");
  const WorkingFolder folder;
  std::ofstream{"mine.yaml"} << "nats:\n" << std::regex_replace(text, std::regex{"(^|\n)"}, "$1  ");

  const auto below = manifest_of("mine.yaml");

  ASSERT_TRUE(plain);
  ASSERT_TRUE(below) << below.error().lines.front();
  EXPECT_EQ(requests_of(*below), requests_of(*plain));
}

TEST(PresetsTest, ASettingThatThePresetDoesNotUseIsWarnedAbout) {
  const auto loaded = config::load(config::env_file("STREAMS_FILE=broker\nSTREAM_MAX_MSGS=5\n"),
                                   config::FakeHost{});
  ASSERT_TRUE(loaded);

  const auto manifest = load_manifest(loaded->settings);

  ASSERT_TRUE(manifest);
  EXPECT_EQ(manifest->warnings,
            std::vector<std::string>{"STREAM_MAX_MSGS is set, but preset broker does not use it"});
}

}  // namespace
}  // namespace unified::app
