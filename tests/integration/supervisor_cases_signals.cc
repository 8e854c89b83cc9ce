// Supervisor cases 8, 9, 10, 35, 42, 45 (tests/supervisor_cases.md): which signals reach whom.
#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <fstream>
#include <random>

#include <fmt/format.h>

#include "support/entrypoint.h"
#include "support/session_members.h"
#include "support/supervisor_case.h"
#include "support/wait_until.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

class SignalCases : public SupervisorCase {};

/// The first lines of main block the signals: from then on none may be lost.
bool main_has_begun(pid_t pid) {
  if (pid == 0)
    return false;
  std::ifstream name{fmt::format("/proc/{}/comm", pid)};
  std::string program;
  std::getline(name, program);
  std::ifstream status{fmt::format("/proc/{}/status", pid)};
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("SigBlk:"))
      return program.starts_with("unified_entry") &&
             line.find_first_not_of("0 \t", 7) != std::string::npos;
  return false;
}

/// Without a pause: the moments that follow are counted in microseconds.
template <typename Condition>
bool spin_until(std::chrono::milliseconds limit, Condition condition) {
  const auto deadline = Clock::now() + limit;
  while (!condition())
    if (Clock::now() >= deadline)
      return false;
  return true;
}

TEST_P(SignalCases, Case08_NothingIsPassedOnBlindlyAndAStopIsOneInt) {
  const auto broker =
      start({.script = "--echo-signals --sleep 0", .environment = {{"STOP_TIMEOUT", "2"}}});
  ASSERT_TRUE(heard(*broker, "echoing")) << broker->output();

  for (const int signal : {SIGUSR1, SIGWINCH, SIGPIPE, SIGALRM, SIGTTIN, SIGTTOU, SIGTSTP, SIGHUP})
    broker->send(signal);
  ASSERT_TRUE(broker->get("/livez"));
  broker->send(SIGTERM);

  // It ignores the INT that it echoes.
  EXPECT_EQ(broker->wait(20s), 137) << broker->output();
  EXPECT_EQ(count_of(*broker, fmt::format("signal {:02}", SIGINT)), 1) << broker->output();
  EXPECT_EQ(count_of(*broker, fmt::format("signal {:02}", SIGCONT)), 1) << broker->output();
  EXPECT_EQ(count_of(*broker, "signal 0"), 1) << broker->output();
  EXPECT_EQ(count_of(*broker, "signal 1"), 1) << broker->output();
}

TEST_P(SignalCases, Case08_EachOfTheThreeStopSignalsIsAStop) {
  for (const int signal : {SIGTERM, SIGINT, SIGQUIT, SIGUSR2}) {
    const auto broker = start({.script = "--exit-on-int 0 --say up --sleep 0"});
    ASSERT_TRUE(heard(*broker, "up")) << broker->output();
    broker->send(signal);
    EXPECT_EQ(broker->wait(20s), 0) << signal << broker->output();
  }
}

/// TERM this long after main began; our exit code.
std::optional<int> term_after(Broker& broker, std::chrono::microseconds delay) {
  if (!spin_until(5s, [&] { return main_has_begun(broker.pid()); }))
    return std::nullopt;
  const auto moment = Clock::now() + delay;
  spin_until(1s, [moment] { return Clock::now() >= moment; });
  broker.send(SIGTERM);
  return broker.wait(20s);
}

TEST_P(SignalCases, Case09_TermIsNeverLostOnceMainHasBegun) {
  const int rounds = times(1, 200);
  for (int round = 0; round < rounds; ++round)
    for (int delay = 0; delay <= 3000; delay += rounds == 1 ? 150 : 50) {
      const auto broker = start({.script = "--exit-on-int 0 --sleep 0"});
      ASSERT_EQ(term_after(*broker, std::chrono::microseconds{delay}), 0)
          << delay << " us" << broker->output();
    }
}

TEST_P(SignalCases, Case10_TermAroundTheSpawnIsNeverLost) {
  // The whole start up to the child's first lines; most moments are around fork, setpgid and exec.
  std::mt19937 random{20261122};
  std::uniform_int_distribution<int> delay{3000, 60'000};
  for (int round = 0; round < times(20, 1000); ++round) {
    const auto broker = start({.script = "--exit-on-int 0 --sleep 0"});
    ASSERT_EQ(term_after(*broker, std::chrono::microseconds{delay(random)}), 0) << broker->output();
  }
}

TEST_P(SignalCases, Case35_HupDuringAStopChangesNothing) {
  const auto broker =
      start({.script = "--echo-signals --sleep 0", .environment = {{"STOP_TIMEOUT", "2"}}});
  ASSERT_TRUE(heard(*broker, "echoing")) << broker->output();
  broker->send(SIGTERM);
  ASSERT_TRUE(heard(*broker, fmt::format("signal {:02}", SIGINT))) << broker->output();

  broker->send(SIGHUP);

  EXPECT_EQ(broker->wait(20s), 137) << broker->output();
  EXPECT_EQ(count_of(*broker, "signal 01"), 0) << broker->output();
}

/// Our program on a terminal of its own, in the foreground.
struct OnTerminal {
  pid_t pid = -1;
  int terminal = -1;
  std::string output;

  /// Reads until `text` was written, or the other side is gone.
  bool heard(const std::string& text) {
    std::array<char, 4096> buffer{};
    while (output.find(text) == std::string::npos) {
      pollfd ready{.fd = terminal, .events = POLLIN, .revents = 0};
      if (::poll(&ready, 1, 15'000) <= 0)
        return false;
      const ssize_t got = ::read(terminal, buffer.data(), buffer.size());
      if (got <= 0)
        return false;
      output.append(buffer.data(), static_cast<std::size_t>(got));
    }
    return true;
  }
};

class TerminalCases : public testing::Test {
 protected:
  /// Starts our program around the double on a new terminal.
  void start(const std::string& script) {
    ASSERT_EQ(::symlink(test_program("misbehave").c_str(), (folder_ / "nats-server").c_str()), 0);
    const Environment environment{{"PATH", "/usr/bin:/bin"},
                                  {"MISBEHAVE", script},
                                  {"NATS_SERVER_BIN", folder_ / "nats-server"},
                                  {"NATS_HOST", "127.0.0.1"},
                                  {"NATS_PORT", std::to_string(port_.number())},
                                  {"NATS_HTTP_PORT", std::to_string(monitor_.number())},
                                  {"NATS_CONFIG_FILE", folder_ / "nats.conf"},
                                  {"NATS_LOG_FILE", "none"},
                                  {"RUN_DIR", folder_ / "run"},
                                  {"JETSTREAM_ENABLED", "false"},
                                  {"STOP_TIMEOUT", "2"},
                                  {"RESTART_POLICY", "never"}};
    std::vector<std::string> texts;
    for (const auto& [name, value] : environment)
      texts.push_back(name + "=" + value);
    std::vector<char*> variables;
    for (std::string& text : texts)
      variables.push_back(text.data());
    variables.push_back(nullptr);
    const std::string program = entrypoint();
    ours_.pid = ::forkpty(&ours_.terminal, nullptr, nullptr, nullptr);
    ASSERT_GE(ours_.pid, 0);
    if (ours_.pid == 0) {
      ::execle(program.c_str(), "unified_entrypoint", "run", nullptr, variables.data());
      ::_exit(127);
    }
  }

  void press_control_c() { ASSERT_EQ(::write(ours_.terminal, "\x03", 1), 1); }

  /// After it said that it stops.
  int exit_code() {
    int status = 0;
    EXPECT_EQ(::waitpid(ours_.pid, &status, 0), ours_.pid);
    ::close(ours_.terminal);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  OnTerminal ours_;

 private:
  TempDir folder_;
  FreePort port_;
  FreePort monitor_;
};

TEST_F(TerminalCases, Case42_ControlCEndsUsWithZero) {
  start("--exit-on-int 0 --say up --sleep 0");
  ASSERT_TRUE(ours_.heard("up")) << ours_.output;

  press_control_c();

  EXPECT_TRUE(ours_.heard("stopped with exit code 0")) << ours_.output;
  EXPECT_EQ(exit_code(), 0);
}

TEST_F(TerminalCases, Case42_TheServerGetsControlCOnlyOnce) {
  // It ignores the INT that it echoes, so that a second one would be seen before our KILL.
  start("--echo-signals --sleep 0");
  ASSERT_TRUE(ours_.heard("echoing")) << ours_.output;

  press_control_c();

  EXPECT_TRUE(ours_.heard("stopped with exit code 137")) << ours_.output;
  EXPECT_EQ(exit_code(), 137);
  const std::string interrupted = fmt::format("signal {:02}", SIGINT);
  const std::size_t first = ours_.output.find(interrupted);
  ASSERT_NE(first, std::string::npos) << ours_.output;
  EXPECT_EQ(ours_.output.find(interrupted, first + 1), std::string::npos) << ours_.output;
}

TEST_P(SignalCases, Case45_AStopBeforeTheChildHasItsGroupFindsIt) {
  const auto broker = start({.script = "--exit-on-int 0 --say up --sleep 0",
                             .environment = {{"LD_PRELOAD", test_program("bent_libc.so")},
                                             {"ASAN_OPTIONS", "verify_asan_link_order=0"},
                                             {"BEND_SETPGID", "500"}}});
  // The fork is there, and not yet nats-server.
  ASSERT_TRUE(wait_until(10s, [&] {
    return broker->get("/livez") && !children_of(broker->pid()).empty();
  })) << broker->output();

  EXPECT_EQ(broker->stop(10s), 0) << broker->output();

  EXPECT_TRUE(wait_until(2s, [&] { return broker->process().others().empty(); }));
}

UNIFIED_IN_BOTH_ROLES(SignalCases);

}  // namespace
}  // namespace unified::test
