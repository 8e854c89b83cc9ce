// Every folder of tests/golden/bad_env: `.env` (and `environment`, lines NAME=value; `strict`, if
// present: --strict) must be refused with exactly the lines of `expected`, and none of them may
// hold a line of `secrets`.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "base/parse.h"
#include "config/load.h"
#include "fake_host.h"

namespace unified::config {
namespace {

namespace fs = std::filesystem;

const fs::path kFolder{UNIFIED_SOURCE_DIR "/tests/golden/bad_env"};

std::string read(const fs::path& path) {
  std::ifstream file{path, std::ios::binary};
  std::stringstream content;
  content << file.rdbuf();
  return content.str();
}

std::vector<fs::path> folders() {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator{kFolder})
    paths.push_back(entry.path());
  std::ranges::sort(paths);
  return paths;
}

Inputs inputs_of(const fs::path& folder) {
  Inputs inputs = env_file(read(folder / ".env"));
  for (const std::string& line : split_list(read(folder / "environment"), '\n'))
    inputs.environment[line.substr(0, line.find('='))] = line.substr(line.find('=') + 1);
  inputs.strict = fs::exists(folder / "strict");
  return inputs;
}

class BadEnvTest : public testing::TestWithParam<fs::path> {};

TEST_P(BadEnvTest, IsRefusedWithExactlyTheseLines) {
  const auto loaded = load(inputs_of(GetParam()), FakeHost{});

  ASSERT_FALSE(loaded);
  std::string lines;
  for (const Problem& problem : loaded.error())
    lines += to_text(problem) + "\n";
  if (std::getenv("UNIFIED_WRITE_EXPECTED") != nullptr)
    std::ofstream{GetParam() / "expected", std::ios::binary} << lines;
  EXPECT_EQ(lines, read(GetParam() / "expected"));
}

TEST_P(BadEnvTest, ShowsNoSecret) {
  const std::string expected = read(GetParam() / "expected");

  for (const std::string& secret : split_list(read(GetParam() / "secrets"), '\n'))
    EXPECT_EQ(expected.find(secret), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Golden, BadEnvTest, testing::ValuesIn(folders()), [](const auto& folder) {
  std::string name = folder.param.filename().string();
  std::ranges::replace(name, '-', '_');
  return name;
});

TEST(BadEnvFoldersTest, AreAtLeastForty) {
  EXPECT_GE(folders().size(), 40U);
}

}  // namespace
}  // namespace unified::config
