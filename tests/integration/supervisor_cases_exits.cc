// Supervisor cases 1, 2, 3, 7 (tests/supervisor_cases.md): how the child's end becomes ours.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include <fmt/format.h>

#include "support/entrypoint.h"
#include "support/supervisor_case.h"
#include "support/wait_until.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

class ExitCases : public SupervisorCase {
 protected:
  /// Our exit code after a child that does as `script` says.
  int exit_after(const std::string& script, const Environment& environment = {}) {
    const auto broker = start({.script = script, .environment = environment});
    const auto status = broker->wait(30s);
    output_ = broker->output();
    return status.value_or(-1);
  }
  [[nodiscard]] const std::string& output() const { return output_; }

 private:
  std::string output_;
};

TEST_P(ExitCases, Case01_TheChildsExitCodeIsOurs) {
  // DESIGN.md: one that ends with 0 before it was ready did not run.
  EXPECT_EQ(exit_after("--exit 0"), 78) << output();
  const int step = times(17, 1);
  for (int code = 1; code < 256; code += step)
    EXPECT_EQ(exit_after(fmt::format("--exit {}", code)), code) << output();
  EXPECT_EQ(exit_after("--exit 255"), 255) << output();
}

TEST_P(ExitCases, Case01_ExitZeroOfAReadyServerIsZero) {
  const Result<NatsServer> real = find_server("sid");
  if (!real)
    GTEST_SKIP() << real.error().message;
  Broker broker({.server = *real,
                 .environment = {{"RESTART_POLICY", "on-failure"}, {"JETSTREAM_ENABLED", "false"}},
                 .wrapper = wrapped()});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();

  ::kill(broker.server_pid(), SIGINT);

  EXPECT_EQ(broker.wait(10s), 0) << broker.output();
}

TEST_P(ExitCases, Case02_AChildThatASignalKilledIs128AndTheSignalAndIsNamed) {
  const std::vector<std::pair<int, const char*>> signals{
      {SIGTERM, "TERM"}, {SIGHUP, "HUP"}, {SIGQUIT, "QUIT"}, {SIGKILL, "KILL"}, {SIGSEGV, "SEGV"}};
  for (const auto& [number, name] : signals) {
    EXPECT_EQ(exit_after(fmt::format("--signal {}", number)), 128 + number) << output();
    EXPECT_NE(output().find(fmt::format("killed by signal {} ({})", number, name)),
              std::string::npos)
        << output();
  }
}

TEST_P(ExitCases, Case02_ACoreIsMentionedWhereOneWasMade) {
  TempDir folder;
  const std::string script = "--core " + folder.path() + " --abort";
  // What this machine makes of it without us.
  const pid_t alone = ::fork();
  if (alone == 0) {
    ::execl(test_program("misbehave").c_str(), "nats-server", "--core", folder.path().c_str(),
            "--abort", nullptr);
    ::_exit(127);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(alone, &status, 0), alone);
  if (!WIFSIGNALED(status))
    GTEST_SKIP() << "a sanitizer makes an exit of the fault";

  EXPECT_EQ(exit_after(script), 128 + SIGSEGV) << output();

  EXPECT_EQ(output().find("(core dumped)") != std::string::npos, WCOREDUMP(status) != 0)
      << output();
}

TEST_P(ExitCases, Case03_AMissingServerIs127AndAFolder126) {
  TempDir folder;
  const Environment missing{{"NATS_SERVER_BIN", folder / "nowhere"}};
  EXPECT_EQ(exit_after("", missing), 127) << output();
  EXPECT_NE(output().find("no such file"), std::string::npos) << output();
  EXPECT_EQ(exit_after("", {{"NATS_SERVER_BIN", folder.path()}}), 126) << output();
  EXPECT_NE(output().find("not an executable file"), std::string::npos) << output();
}

TEST_P(ExitCases, Case03_AServerThatIsRemovedIsNotTriedAgainAndAgain) {
  const auto directory = std::make_shared<TempDir>();
  const auto broker = start({.script = "--say up --sleep 0",
                             .environment = {{"RESTART_POLICY", "on-failure"}},
                             .directory = directory});
  ASSERT_TRUE(heard(*broker, "up")) << broker->output();
  ASSERT_TRUE(fs::remove(*directory / "nats-server"));

  ::kill(broker->server_pid(), SIGKILL);

  EXPECT_EQ(broker->wait(20s), 127) << broker->output();
  EXPECT_EQ(count_of(*broker, "starting it in"), 1) << broker->output();
}

TEST_P(ExitCases, Case07_TheShellsOwnCodesAreExitCodesAsAnyOther) {
  for (const int code : {126, 127, 128})
    EXPECT_EQ(exit_after(fmt::format("--exit {}", code)), code) << output();
}

UNIFIED_IN_BOTH_ROLES(ExitCases);

}  // namespace
}  // namespace unified::test
