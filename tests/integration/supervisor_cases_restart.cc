// Supervisor cases 21, 23, 28, 29, 31 (tests/supervisor_cases.md): when the child is started again,
// and when it is left alone.
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <regex>

#include <fmt/format.h>

#include "support/entrypoint.h"
#include "support/session_members.h"
#include "support/supervisor_case.h"
#include "support/wait_until.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
namespace fs = std::filesystem;

class RestartCases : public SupervisorCase {};

/// The environment with libc bent (programs/bent_libc.cc).
Environment bent(Environment environment) {
  environment.insert({{"LD_PRELOAD", test_program("bent_libc.so")},
                      {"ASAN_OPTIONS", "verify_asan_link_order=0"},
                      {"RESTART_POLICY", "on-failure"}});
  return environment;
}

/// The delays that we said we would wait, in milliseconds.
std::vector<int> delays(const Broker& broker) {
  const std::regex pattern{"starting it in (?:([0-9]+)s)?(?:([0-9]+)ms)?"};
  const std::string output = broker.output();
  std::vector<int> found;
  for (std::sregex_iterator it{output.begin(), output.end(), pattern}, end; it != end; ++it)
    found.push_back(((*it)[1].matched ? 1000 * std::stoi((*it)[1]) : 0) +
                    ((*it)[2].matched ? std::stoi((*it)[2]) : 0));
  return found;
}

TEST_P(RestartCases, Case21_AChildThatDiesAtOnceIsTriedLaterAndLaterThenGivenUp) {
  const auto broker =
      start({.script = "--say started --exit 1",
             .environment = {{"RESTART_POLICY", "on-failure"}, {"RESTART_MAX", "2"}}});
  const auto begun = Clock::now();

  EXPECT_EQ(broker->wait(20s), 75) << broker->output();

  EXPECT_GE(Clock::now() - begun, 1350ms) << "0.5 s and 1 s, less 10 %";
  EXPECT_EQ(count_of(*broker, "\nstarted\n"), 3) << broker->output();
  const std::vector<int> told = delays(*broker);
  ASSERT_EQ(told.size(), 2U) << broker->output();
  EXPECT_NEAR(told[0], 500, 50);
  EXPECT_NEAR(told[1], 1000, 100);
  EXPECT_TRUE(heard(*broker, "giving up")) << broker->output();
}

TEST_P(RestartCases, Case23_AForkThatFailsIsTriedAgainUntilItSucceeds) {
  const auto directory = std::make_shared<TempDir>();
  const std::string gate = *directory / "no-fork";
  const auto broker = start({.script = "--say started --sleep 0",
                             .environment = bent({{"BEND_FORK", gate}}),
                             .directory = directory});
  ASSERT_TRUE(heard(*broker, "started")) << broker->output();
  (void)directory->write("no-fork", "");

  ::kill(broker->server_pid(), SIGKILL);

  ASSERT_TRUE(wait_until(20s, [&] { return count_of(*broker, "cannot fork") >= 2; }))
      << broker->output();
  EXPECT_TRUE(broker->get("/livez")) << "we live";
  fs::remove(gate);
  EXPECT_TRUE(wait_until(20s, [&] { return count_of(*broker, "\nstarted\n") == 2; }))
      << broker->output();
  broker->send(SIGTERM);
  EXPECT_EQ(broker->wait(20s), 0) << broker->output();
}

/// A pids cgroup of our own; nothing where none can be made.
class PidsCgroup {
 public:
  PidsCgroup() {
    for (const char* root : {"/sys/fs/cgroup/pids", "/sys/fs/cgroup"}) {
      path_ = fmt::format("{}/unified-case-{}", root, ::getpid());
      std::error_code refused;
      if (fs::create_directory(path_, refused) && fs::exists(path_ + "/pids.max"))
        return;
      fs::remove(path_, refused);
    }
    path_.clear();
  }
  ~PidsCgroup() {
    if (!path_.empty())
      wait_until(2s, [this] { return ::rmdir(path_.c_str()) == 0; });
  }
  PidsCgroup(const PidsCgroup&) = delete;
  PidsCgroup& operator=(const PidsCgroup&) = delete;

  [[nodiscard]] bool usable() const { return !path_.empty(); }
  [[nodiscard]] bool write(const std::string& file, const std::string& text) const {
    std::ofstream out{path_ + "/" + file};
    out << text << std::flush;
    return out.good();
  }

 private:
  std::string path_;
};

TEST_P(RestartCases, Case23_WithoutAProcessSlotPid1LivesAndRecovers) {
  const PidsCgroup group;
  if (!group.usable())
    GTEST_SKIP() << "no pids cgroup can be made here";
  const auto broker = start(
      {.script = "--say started --sleep 0", .environment = {{"RESTART_POLICY", "on-failure"}}});
  ASSERT_TRUE(heard(*broker, "started")) << broker->output();
  if (!group.write("cgroup.procs", std::to_string(broker->pid())))
    GTEST_SKIP() << "no process can be moved into the cgroup";
  ASSERT_TRUE(group.write("pids.max", "1"));  // fewer than we are: nobody may be added

  ::kill(broker->server_pid(), SIGKILL);

  ASSERT_TRUE(wait_until(20s, [&] { return count_of(*broker, "cannot fork") >= 2; }))
      << broker->output();
  EXPECT_TRUE(broker->get("/livez"));
  ASSERT_TRUE(group.write("pids.max", "max"));
  EXPECT_TRUE(wait_until(20s, [&] { return count_of(*broker, "\nstarted\n") == 2; }))
      << broker->output();
  broker->send(SIGTERM);
  EXPECT_EQ(broker->wait(20s), 0) << broker->output();
}

class ClockCases : public NewestServerTest {
 protected:
  /// The wall clock of the program under test, off by `shift`.
  void turn_clock(std::chrono::seconds shift) const {
    (void)directory_->write("shift.new", std::to_string(shift.count()));
    fs::rename(*directory_ / "shift.new", *directory_ / "shift");
  }
  [[nodiscard]] Environment environment(Environment more = {}) const {
    more.insert({"BEND_CLOCK", *directory_ / "shift"});
    return bent(std::move(more));
  }
  [[nodiscard]] std::shared_ptr<TempDir> directory() const { return directory_; }

 private:
  std::shared_ptr<TempDir> directory_ = std::make_shared<TempDir>();
};

TEST_F(ClockCases, Case28_AJumpOfTheWallClockChangesNoBackOff) {
  for (const std::chrono::seconds shift : {3600s, -3600s}) {
    turn_clock(0s);
    const auto broker = start_double({.script = "--say started --exit 1",
                                      .environment = environment(),
                                      .directory = directory()});
    ASSERT_TRUE(wait_until(20s, [&] { return delays(*broker).size() == 2; })) << broker->output();
    const auto begun = Clock::now();
    turn_clock(shift);

    ASSERT_TRUE(wait_until(10s, [&] { return count_of(*broker, "\nstarted\n") == 3; }))
        << broker->output();

    EXPECT_GE(Clock::now() - begun, 700ms) << "the second delay is 1 s";
    broker->send(SIGTERM);
    EXPECT_EQ(broker->wait(20s), 0) << broker->output();
  }
}

TEST_F(ClockCases, Case28_AJumpOfTheWallClockChangesNoStop) {
  for (const std::chrono::seconds shift : {3600s, -3600s}) {
    turn_clock(0s);
    const auto broker = start_double({.script = "--echo-signals --sleep 0",
                                      .environment = environment({{"STOP_TIMEOUT", "2"}}),
                                      .directory = directory()});
    ASSERT_TRUE(heard(*broker, "echoing")) << broker->output();
    const auto begun = Clock::now();
    broker->send(SIGTERM);
    ASSERT_TRUE(heard(*broker, fmt::format("signal {:02}", SIGINT)));
    turn_clock(shift);

    EXPECT_EQ(broker->wait(20s), 137) << broker->output();

    EXPECT_GE(Clock::now() - begun, 1s);
    EXPECT_LT(Clock::now() - begun, 2s);
  }
}

/// Not with TSan, which does not see the waits of bent_libc.
TEST_F(ClockCases, Case28_AJumpOfTheWallClockChangesNoHealth) {
  turn_clock(0s);
  Broker broker({.server = server(),
                 .environment = environment({{"LIVENESS_INTERVAL", "1"}, {"TZ", "UTC"}}),
                 .directory = directory()});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  for (const std::chrono::seconds shift : {3600s, -3600s, 0s}) {
    turn_clock(shift);
    const auto until = Clock::now() + 1200ms;  // one look of the watchdog
    ASSERT_TRUE(wait_until(10s, [&] { return Clock::now() > until && broker.ready(); }));
    ASSERT_TRUE(broker.client().publish("trade-data.x", "1"));
  }
  const auto status = nlohmann::json::parse(broker.get("/status")->body);
  EXPECT_EQ(status.at("hangs"), 0);
  EXPECT_EQ(status.at("restarts"), 0);
  EXPECT_LT(status.at("uptime_seconds"), 60);
  // The proof that it was the clock that we turned.
  turn_clock(std::chrono::hours{24 * 365 * 100});
  EXPECT_EQ(broker.stop(), 0) << broker.output();
  EXPECT_TRUE(std::regex_search(broker.output(), std::regex{"\n21[0-9]{2}-.* asked to stop"}))
      << broker.output();
}

class WatchdogCases : public NewestServerTest {};

TEST_F(WatchdogCases, Case29_AServerThatStillRecoversIsNeitherReadyNorKilled) {
  // It never says that it is ready, and nobody answers on its ports.
  const auto broker = start_double({.script = "--say up --sleep 0",
                                    .environment = {{"RESTART_POLICY", "on-failure"},
                                                    {"LIVENESS_INTERVAL", "1"},
                                                    {"HEALTH_CHECK_FAILURES", "1"}}});
  ASSERT_TRUE(heard(*broker, "up")) << broker->output();
  nlohmann::json status;

  ASSERT_TRUE(wait_until(20s, [&] {
    const auto reply = broker->get("/status");
    status = reply ? nlohmann::json::parse(reply->body) : nlohmann::json{};
    return status.value("uptime_seconds", 0) >= 4;
  }));

  EXPECT_EQ(status.at("phase"), "recovering") << status.dump(2);
  EXPECT_EQ(status.at("ready"), false);
  EXPECT_EQ(status.at("hangs"), 0);
  EXPECT_EQ(status.at("incarnation"), 1);
  broker->send(SIGTERM);
  EXPECT_EQ(broker->wait(20s), 0) << broker->output();
}

TEST_F(WatchdogCases, Case31_ASlowAnswerBetweenGoodOnesIsNoHang) {
  Broker broker({.server = server(),
                 .environment = {{"LIVENESS_INTERVAL", "1"}, {"HEALTH_CHECK_FAILURES", "3"}}});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  const pid_t first = broker.server_pid();
  ASSERT_TRUE(freeze(first));
  ASSERT_TRUE(wait_until(10s, [&] { return !broker.ready(); })) << broker.output();
  ::kill(first, SIGCONT);

  EXPECT_TRUE(wait_until(20s, [&] { return broker.ready(); })) << broker.output();

  EXPECT_EQ(broker.server_pid(), first);
  EXPECT_EQ(nlohmann::json::parse(broker.get("/status")->body).at("hangs"), 0);
  EXPECT_EQ(broker.stop(), 0) << broker.output();
}

UNIFIED_IN_BOTH_ROLES(RestartCases);

}  // namespace
}  // namespace unified::test
