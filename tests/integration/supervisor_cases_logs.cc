// Supervisor cases 24, 25, 36 (tests/supervisor_cases.md): readers of our output that stall or go
// away, and what must never be in it.
#include <csignal>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "support/entrypoint.h"
#include "support/supervisor_case.h"
#include "support/wait_until.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

class LogCases : public SupervisorCase {};

std::uint64_t lost_lines(const Broker& broker) {
  const auto reply = broker.get("/status");
  return reply ? nlohmann::json::parse(reply->body).value("dropped_log_lines", std::uint64_t{0})
               : 0;
}

TEST_P(LogCases, Case24_AFullStdoutHoldsNobodyAndTheLossIsCounted) {
  const auto broker = start({.script = "--flood",
                             .environment = {{"LOG_LEVEL", "debug"}, {"STOP_TIMEOUT", "4"}},
                             .wrapper = {test_program("surround"), "--full-stdout", "--"}});
  EXPECT_TRUE(wait_until(20s, [&] { return lost_lines(*broker) > 10'000; }));
  const auto begun = std::chrono::steady_clock::now();

  // By INT's default action, though its pipe to us is never empty.
  EXPECT_EQ(broker->stop(20s), 0);

  EXPECT_LT(std::chrono::steady_clock::now() - begun, 4s) << "STOP_TIMEOUT is a promise";
}

TEST_P(LogCases, Case25_AReaderThatWentAwayEndsNobodyAndTheLossIsCounted) {
  const auto broker = start({.script = "--say a --say b --say c --exit-on-int 0 --sleep 0",
                             .wrapper = {test_program("surround"), "--broken-stdout", "--"}});

  EXPECT_TRUE(wait_until(20s, [&] { return lost_lines(*broker) >= 3; }));

  EXPECT_EQ(broker->stop(20s), 0);
}

UNIFIED_IN_BOTH_ROLES(LogCases);

class SecretCases : public NewestServerTest {};

std::string arguments_of(pid_t pid) {
  std::ifstream file{fmt::format("/proc/{}/cmdline", pid)};
  return {std::istreambuf_iterator<char>{file}, {}};
}

TEST_F(SecretCases, Case36_ASecretIsOnlyInAFileThatNobodyElseReads) {
  const std::string secret = "S3cret-of-Case-36";
  Broker broker({.server = server(),
                 .environment = {{"NATS_AUTH_ENABLED", "true"},
                                 {"NATS_AUTH_USERNAME", "someone"},
                                 {"NATS_AUTH_PASSWORD", secret},
                                 {"LOG_LEVEL", "debug"},
                                 {"NATS_DEBUG", "true"},
                                 {"NATS_TRACE", "true"}}});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  ASSERT_TRUE(broker.client().publish("trade-data.x", "1"));

  const std::string conf = broker.environment().at("NATS_CONFIG_FILE");
  EXPECT_EQ(fs::status(conf).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_NE(broker.directory()->read("nats.conf").find(secret), std::string::npos);
  const std::string answers = broker.get("/status")->body + broker.get("/health")->body +
                              broker.command({"config"}).output +
                              broker.command({"status", "--json"}).output;
  EXPECT_EQ(answers.find(secret), std::string::npos);
  EXPECT_EQ((arguments_of(broker.pid()) + arguments_of(broker.server_pid())).find(secret),
            std::string::npos);
  EXPECT_EQ(broker.stop(), 0);
  EXPECT_EQ(broker.output().find(secret), std::string::npos);
  for (const auto& entry : fs::directory_iterator{*broker.directory() / "run"})
    if (entry.is_regular_file()) {
      EXPECT_EQ(broker.directory()->read("run/" + entry.path().filename().string()).find(secret),
                std::string::npos)
          << entry.path();
    }
}

TEST_F(SecretCases, Case36_AVariableThatIsNotThereIsAnError) {
  const auto directory = std::make_shared<TempDir>();
  const std::string manifest = directory->write(
      "streams.yaml", "streams:\n  - name: ${NO_SUCH_NAME}\n    subjects: [a.>]\n");
  Broker broker(
      {.server = server(), .environment = {{"STREAMS_FILE", manifest}}, .directory = directory});

  EXPECT_EQ(broker.wait(20s), 78) << broker.output();
  EXPECT_TRUE(heard(broker, "NO_SUCH_NAME")) << broker.output();
}

}  // namespace
}  // namespace unified::test
