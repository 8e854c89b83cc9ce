// What a command line that is wrong, or asks for help, is answered.
#include <gtest/gtest.h>

#include "support/entrypoint.h"
#include "support/process.h"
#include "support/temp_dir.h"

namespace unified::test {
namespace {

class HelpTest : public testing::TestWithParam<const char*> {};

TEST_P(HelpTest, HasAnExample) {
  const Finished help =
      run({.command = {entrypoint(), GetParam(), "--help"}, .environment = {}, .directory = ""});
  EXPECT_EQ(help.status, 0);
  EXPECT_NE(help.output.find(std::string{"unified_entrypoint "} + GetParam()), std::string::npos)
      << help.output;
  EXPECT_NE(help.output.find("Example"), std::string::npos) << help.output;
}

/// What was typed wrong, and the words that help.
TEST(UsageTest, EveryWrongCommandLineIsToldWithAWayOut) {
  struct Case {
    std::vector<std::string> typed;
    std::string told;
  };
  const TempDir folder;
  for (const Case& one : std::initializer_list<Case>{
           {{"helth"}, "there is no command helth; did you mean health?"},
           {{"backup"}, "the command backup is not built yet in this release: stop the broker"},
           {{"config", "--jsn"}, "config: there is no option --jsn; did you mean --json?"},
           {{"streams", "foo"}, "streams: the argument foo is one too many"},
           {{"health", "quik"}, "there is no quik; did you mean quick?"},
           {{"health", "--format", "xml"}, "There are: text, json, nagios, prometheus"},
           {{"streams", "--timeout", "abc"}, "--timeout: 100ms to 365d is accepted"},
           {{"init", "--nats-url", ""}, "--nats-url: is empty"},
           {{"init", "--nats-url", "http://user:s3cret@x"}, "nats:// or tls://"},
           {{"init", "--wait", "soon"}, "--wait soon: seconds are accepted"},
           {{"verify", "--flow", "soon"}, "--flow soon: seconds are accepted"},
           {{"health", "supervisor", "--server", "x"}, "has no supervisor"}}) {
    std::vector<std::string> command{entrypoint()};
    command.insert(command.end(), one.typed.begin(), one.typed.end());
    const Finished done = run({.command = command,
                               .environment = {{"RUN_DIR", folder / "run"}},
                               .directory = folder.path()});
    EXPECT_EQ(done.status, 64) << one.typed.front() << ": " << done.output;
    EXPECT_NE(done.output.find(one.told), std::string::npos) << done.output;
    EXPECT_EQ(done.output.find("s3cret"), std::string::npos) << done.output;
  }
}

TEST(UsageTest, AnAnswerThatCanNotBeWrittenIsAFailure) {
  const TempDir folder;
  for (const char* command : {"version", "config", "help", "validate"}) {
    const Finished done = run(
        {.command = {"sh", "-c", fmt::format("{} {} >/dev/full", entrypoint(), command)},
         .environment = {{"RUN_DIR", folder / "run"}, {"JETSTREAM_STORE_DIR", folder / "store"}},
         .directory = folder.path()});
    EXPECT_EQ(done.status, 1) << command << "\n" << done.output;
    EXPECT_NE(done.output.find("cannot write to standard output: no space left"), std::string::npos)
        << command << "\n"
        << done.output;
  }
}

TEST(UsageTest, BadNewsThatCanNotBeWrittenStaysBadNews) {
  const TempDir folder;
  const auto status_of = [&](const std::string& command) {
    return run({.command = {"sh", "-c",
                            fmt::format("{} {} >/dev/full 2>&1", entrypoint(), command)},
                .environment = {{"RUN_DIR", folder / "run"}},
                .directory = folder.path()})
        .status;
  };
  EXPECT_EQ(status_of("status --json"), 3);
  EXPECT_EQ(status_of("config"), 1);
  EXPECT_EQ(status_of("version"), 1);
}

TEST(UsageTest, AJsonPlanThatFailsSaysWhyInJson) {
  const TempDir folder;

  const Finished done =
      run({.command = {entrypoint(), "plan", "--json", "--nats-url", "nats://127.0.0.1:1"},
           .environment = {{"RUN_DIR", folder / "run"}},
           .directory = folder.path()});

  EXPECT_EQ(done.status, 1) << done.output;
  EXPECT_NE(done.output.find("\"status\": \"fail\""), std::string::npos) << done.output;
}

TEST(UsageTest, ValidateRefusesAManifestThatReservesMoreThanTheServerMayUse) {
  const TempDir folder;
  const std::string manifest =
      folder.write("streams.yaml", "streams: {BIG: {subjects: [big.>], max_bytes: 20GB}}\n");

  const Finished done = run({.command = {entrypoint(), "validate"},
                             .environment = {{"RUN_DIR", folder / "run"},
                                             {"JETSTREAM_STORE_DIR", folder / "store"},
                                             {"STREAMS_FILE", manifest}},
                             .directory = folder.path()});

  EXPECT_EQ(done.status, 78) << done.output;
  EXPECT_NE(done.output.find("JETSTREAM_MAX_FILE=10737418240"), std::string::npos) << done.output;
  EXPECT_NE(done.output.find("BIG"), std::string::npos) << done.output;
}

INSTANTIATE_TEST_SUITE_P(Commands,
                         HelpTest,
                         testing::Values("run",
                                         "validate",
                                         "render",
                                         "config",
                                         "plan",
                                         "export",
                                         "import",
                                         "init",
                                         "streams",
                                         "verify",
                                         "start",
                                         "stop",
                                         "restart",
                                         "reload",
                                         "logs",
                                         "wait",
                                         "clean",
                                         "health",
                                         "status",
                                         "version"),
                         [](const auto& each) { return std::string{each.param}; });

}  // namespace
}  // namespace unified::test
