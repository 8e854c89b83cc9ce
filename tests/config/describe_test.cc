#include "config/describe.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "config/load.h"
#include "config/variables.h"
#include "fake_host.h"

namespace unified::config {
namespace {

std::string read_text(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  std::stringstream content;
  content << file.rdbuf();
  return content.str();
}

TEST(DescribeTest, TheCommittedTemplateIsTheTables) {
  const std::string path = UNIFIED_SOURCE_DIR "/env/.env.unified";
  if (std::getenv("UNIFIED_WRITE_TEMPLATE") != nullptr)
    std::ofstream{path, std::ios::binary} << to_template();

  EXPECT_TRUE(read_text(path) == to_template())
      << path << " differs from the table; make it again with\n"
      << "  unified_entrypoint config --template > env/.env.unified\n"
      << "or by running this test with UNIFIED_WRITE_TEMPLATE=1";
}

TEST(DescribeTest, TheRootLinkIsTheTemplate) {
  EXPECT_EQ(read_text(UNIFIED_SOURCE_DIR "/.env.unified"), to_template());
}

TEST(DescribeTest, TheTemplateLoadsWithoutAnyProblemAndChangesNothing) {
  const auto loaded = load(env_file(to_template()), FakeHost{});
  const auto defaults = load(Inputs{}, FakeHost{});

  ASSERT_TRUE(loaded) << to_text(loaded.error().front());
  EXPECT_TRUE(loaded->warnings.empty()) << to_text(loaded->warnings.front());
  ASSERT_TRUE(defaults);
  EXPECT_EQ(loaded->settings.manifest_variables, defaults->settings.manifest_variables);
}

TEST(DescribeTest, EveryCommentedAssignmentOfTheTemplateIsValidToo) {
  std::string all = to_template();
  for (std::size_t at = 0; (at = all.find("\n#", at)) != std::string::npos;)
    if (all[at + 2] == ' ' || all[at + 2] == '\n')
      ++at;
    else
      all.erase(at + 1, 1);

  const auto loaded = load(env_file(all), FakeHost{});

  ASSERT_TRUE(loaded) << to_text(loaded.error().front());
}

TEST(DescribeTest, MarkdownHasARowForEveryVariable) {
  const std::string markdown = to_markdown();

  for (const std::string_view name : variable_names())
    EXPECT_NE(markdown.find(fmt::format("\n| {} ", name)), std::string::npos) << name;
  EXPECT_NE(markdown.find("| RETENTION_POLICY | limits\\|interest\\|workqueue | limits |"),
            std::string::npos);
}

TEST(DescribeTest, TextHidesSecretsAndNamesOrigins) {
  const Inputs inputs = env_file("NATS_AUTH_ENABLED=yes\nNATS_AUTH_TOKEN=hunter22\n",
                                 {{"NATS_URL", "nats://me:hunter22@far:4222"}});
  const auto loaded = load(inputs, FakeHost{});
  ASSERT_TRUE(loaded);

  const std::string text = to_text(loaded->settings);

  EXPECT_EQ(text.find("hunter22"), std::string::npos);
  EXPECT_NE(text.find("NATS_AUTH_TOKEN=***"), std::string::npos);
  EXPECT_NE(text.find("# .env:2"), std::string::npos);
  EXPECT_NE(text.find("NATS_URL=nats://***@far:4222"), std::string::npos);
  EXPECT_NE(text.find("not in this release yet"), std::string::npos);
}

}  // namespace
}  // namespace unified::config
