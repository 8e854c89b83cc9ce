#include "cli/old_names.h"

#include <gtest/gtest.h>

#include "base/exit_code.h"

namespace unified::cli {
namespace {

using Arguments = std::vector<std::string>;

struct Case {
  Arguments typed;
  Arguments meant;
};

TEST(OldNamesTest, EveryOldCommandLineIsACommandOfOurs) {
  const std::string us = "unified_entrypoint";
  const std::vector<Case> cases{
      {{"/app/scripts/health_check.sh"}, {us, "health"}},
      {{"./scripts/health_check.sh", "quick"}, {us, "health", "quick"}},
      {{"python3", "/app/scripts/check_streams.py", "--detailed"}, {us, "streams", "--detailed"}},
      {{"python3", "check_streams.py", "--json"}, {us, "streams", "--json"}},
      {{"/app/scripts/check_streams.py", "--stats", "--json"},
       {us, "streams", "--stats", "--json"}},
      {{"python", "enhanced_jetstream_init.py"}, {us, "init", "--yes"}},
      {{"python3.11", "enhanced_jetstream_init.py", "--wait", "--timeout", "5"},
       {us, "init", "--yes", "--wait", "--timeout", "5"}},
      {{"python3", "enhanced_jetstream_init.py", "--health-check"}, {us, "streams"}},
      {{"python3", "enhanced_jetstream_init.py", "--stats", "--wait"}, {us, "streams", "--stats"}},
      {{"python3", "/app/scripts/config_renderer.py", "--validate"}, {us, "render", "--validate"}},
      {{"/usr/bin/python3", "test_unified_deployment.py", "--quiet"}, {us, "verify", "--quiet"}},
      {{"/app/unified_entrypoint.sh"}, {us}},
      {{"unified_entrypoint.sh", "--validate"}, {us, "--validate"}}};
  for (const Case& one : cases) {
    const Translated line = translate_old_names(one.typed);
    EXPECT_EQ(line.arguments, one.meant) << one.typed.front();
    EXPECT_TRUE(line.error.empty()) << line.error;
    EXPECT_TRUE(line.is_script);
    EXPECT_EQ(line.ends_by_itself, one.meant.size() > 1 && one.meant[1] != "--validate");
  }
}

TEST(OldNamesTest, OurOwnNamesAreLeftAlone) {
  for (const char* name : {"unified_entrypoint", "/usr/local/bin/entrypoint", "pythonic", "x.py"}) {
    const Arguments typed{name, "check_streams.py"};
    EXPECT_EQ(translate_old_names(typed).arguments, typed);
    EXPECT_FALSE(translate_old_names(typed).is_script);
  }
  EXPECT_EQ(translate_old_names({}).arguments.size(), 1U);
}

TEST(OldNamesTest, PythonRunsNothingElseAndSaysWhatItKnows) {
  for (const Arguments& typed :
       {Arguments{"python3"}, Arguments{"python3", "-c", "import nats"},
        Arguments{"python3", "/tmp/other.py"}, Arguments{"python3", "health_check.sh"},
        Arguments{"python3", "xcheck_streams.py"}}) {
    const Translated line = translate_old_names(typed);
    EXPECT_NE(line.error.find("check_streams.py, enhanced_jetstream_init.py"), std::string::npos);
  }
}

TEST(OldNamesTest, ScriptsEndWithZeroOrOneAsTheyDid) {
  EXPECT_EQ(old_exit_code(kExitOk), 0);
  EXPECT_EQ(old_exit_code(kExitPlanHasChanges), 0);
  EXPECT_EQ(old_exit_code(kExitCheckFailed), 1);
  EXPECT_EQ(old_exit_code(kExitUnavailable), 1);
  EXPECT_EQ(old_exit_code(kExitConfiguration), 1);
  EXPECT_EQ(old_exit_code(kExitUsage), 64);
}

}  // namespace
}  // namespace unified::cli
