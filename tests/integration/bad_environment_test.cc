#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "support/entrypoint.h"
#include "support/process.h"
#include "support/servers.h"
#include "support/temp_dir.h"

namespace unified::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

class BadEnvironmentTest : public NewestServerTest {};

std::string content(const fs::path& path) {
  std::ifstream file{path, std::ios::binary};
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::size_t entries_below(const std::string& path) {
  std::size_t count = 0;
  for (const auto& entry : fs::recursive_directory_iterator(path))
    count += entry.path().filename() == ".env" ? 0U : 1U;
  return count;
}

TEST_F(BadEnvironmentTest, EachOneEndsWith78AllProblemsAtOnceAndNothingWritten) {
  std::size_t cases = 0;
  for (const auto& folder : fs::directory_iterator(UNIFIED_SOURCE_DIR "/tests/golden/bad_env")) {
    SCOPED_TRACE(folder.path().filename().string());
    TempDir work;
    (void)work.write(".env", content(folder.path() / ".env"));
    std::vector<std::string> command{entrypoint(), "run"};
    if (fs::exists(folder.path() / "strict"))
      command.emplace_back("--strict");
    Environment environment{{"NATS_SERVER_BIN", server().path}};
    std::istringstream extra{content(folder.path() / "environment")};
    for (std::string line; std::getline(extra, line);)
      if (const std::size_t equals = line.find('='); equals != std::string::npos)
        environment[line.substr(0, equals)] = line.substr(equals + 1);

    const Finished finished =
        run({.command = command, .environment = environment, .directory = work.path()}, 20s);

    EXPECT_EQ(finished.status, 78) << finished.output;
    std::istringstream expected{content(folder.path() / "expected")};
    for (std::string line; std::getline(expected, line);)
      EXPECT_NE(finished.output.find(line), std::string::npos)
          << "missing: " << line << "\nin: " << finished.output;
    EXPECT_EQ(entries_below(work.path()), 0U) << "something was written";
    ++cases;
  }
  EXPECT_GE(cases, 40U);
}

}  // namespace
}  // namespace unified::test
