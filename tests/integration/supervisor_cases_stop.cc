// Supervisor cases 14 to 18, 40, 43 (tests/supervisor_cases.md): how a stop ends, and when.
#include <csignal>

#include <fmt/format.h>

#include "support/entrypoint.h"
#include "support/session_members.h"
#include "support/supervisor_case.h"
#include "support/wait_until.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

class StopCases : public SupervisorCase {
 protected:
  /// From TERM to our end.
  Clock::duration stop(Broker& broker) {
    const auto begun = Clock::now();
    status_ = broker.stop(30s);
    return Clock::now() - begun;
  }
  [[nodiscard]] std::optional<int> status() const { return status_; }

 private:
  std::optional<int> status_;
};

TEST_P(StopCases, Case14_ADeafServerIsKilledOneSecondBeforeTheTimeout) {
  const auto broker =
      start({.script = "--ignore-term --say up --sleep 0", .environment = {{"STOP_TIMEOUT", "2"}}});
  ASSERT_TRUE(heard(*broker, "up")) << broker->output();

  const auto taken = stop(*broker);

  EXPECT_EQ(status(), 137) << broker->output();
  EXPECT_GE(taken, 1s);
  EXPECT_LT(taken, 2s) << "STOP_TIMEOUT is a promise";
  EXPECT_TRUE(heard(*broker, "did not stop within 1s: killing it")) << broker->output();
}

TEST_P(StopCases, Case15_AQuickServerIsNotWaitedFor) {
  const auto broker = start(
      {.script = "--leave-slowly 20 --say up --sleep 0", .environment = {{"STOP_TIMEOUT", "30"}}});
  ASSERT_TRUE(heard(*broker, "up")) << broker->output();

  const auto taken = stop(*broker);

  EXPECT_EQ(status(), 0) << broker->output();
  EXPECT_LT(taken, 3s) << "a tenth of the timeout; 0.1 s on a machine of its own";
}

TEST_P(StopCases, Case16_ASecondTermMeansNow) {
  const auto broker =
      start({.script = "--echo-signals --sleep 0", .environment = {{"STOP_TIMEOUT", "60"}}});
  ASSERT_TRUE(heard(*broker, "echoing")) << broker->output();
  broker->send(SIGTERM);
  ASSERT_TRUE(heard(*broker, fmt::format("signal {:02}", SIGINT))) << broker->output();

  const auto taken = stop(*broker);

  EXPECT_EQ(status(), 137) << broker->output();
  EXPECT_LT(taken, 6s) << "a tenth of the timeout; 0.1 s on a machine of its own";
}

TEST_P(StopCases, Case17_AStoppedServerIsWokenToStop) {
  const auto broker = start({.script = "--exit-on-int 0 --say up --stop --sleep 0",
                             .environment = {{"STOP_TIMEOUT", "60"}}});
  ASSERT_TRUE(heard(*broker, "up")) << broker->output();
  ASSERT_TRUE(wait_until(5s, [&] { return is_frozen(broker->server_pid()); }));

  const auto taken = stop(*broker);

  EXPECT_EQ(status(), 0) << broker->output();
  EXPECT_LT(taken, 6s);
}

TEST_P(StopCases, Case18_AStopInABackOffStartsNothingMore) {
  const auto broker = start(
      {.script = "--say started --exit 1", .environment = {{"RESTART_POLICY", "on-failure"}}});
  // After the third failure: the delay is 2 s, more or less 10 %.
  ASSERT_TRUE(wait_until(20s, [&] { return count_of(*broker, "starting it in") == 3; }))
      << broker->output();

  const auto taken = stop(*broker);

  EXPECT_EQ(status(), 0) << broker->output();
  EXPECT_LT(taken, 1800ms);
  EXPECT_EQ(count_of(*broker, "started"), 3) << broker->output();
}

TEST_P(StopCases, Case40_WhenWeAreKilledTheChildGoesToo) {
  const auto broker = start({.script = "--ignore-term --say up --sleep 0"});
  ASSERT_TRUE(heard(*broker, "up")) << broker->output();

  broker->send(SIGKILL);

  EXPECT_TRUE(broker->wait(10s)) << broker->output();  // unshare(1) has its own idea of the code
  EXPECT_TRUE(wait_until(5s, [&] { return broker->process().others().empty(); }));
}

TEST_P(StopCases, Case40_AChildWhoseParentDiedBeforeItCouldAskForThatSignalEnds) {
  const auto broker = start({.script = "--say up --sleep 0",
                             .environment = {{"LD_PRELOAD", test_program("bent_libc.so")},
                                             {"ASAN_OPTIONS", "verify_asan_link_order=0"},
                                             {"BEND_PRCTL", "700"}}});
  // Once it answers, its child is no longer the one that told the server's version.
  ASSERT_TRUE(wait_until(
      10s, [&] { return broker->get("/livez") && !children_of(broker->pid()).empty(); }));

  broker->send(SIGKILL);

  EXPECT_TRUE(broker->wait(10s)) << broker->output();  // unshare(1) has its own idea of the code
  EXPECT_TRUE(wait_until(5s, [&] { return broker->process().others().empty(); }));
  EXPECT_FALSE(heard(*broker, "up", 0s)) << "nats-server ran without a supervisor";
}

UNIFIED_IN_BOTH_ROLES(StopCases);

class LameDuckCases : public NewestServerTest {};

TEST_F(LameDuckCases, Case43_TermInALameDuckStopEndsWithZeroLongBeforeTheKill) {
  Broker broker({.server = server(), .environment = {{"STOP_TIMEOUT", "25"}}});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  // Somebody to send away, or the server would be done at once.
  const NatsClient stays = broker.client();
  broker.send(SIGUSR2);
  ASSERT_TRUE(heard(broker, "lame duck mode")) << broker.output();

  const auto begun = Clock::now();
  EXPECT_EQ(broker.stop(), 0) << broker.output();

  EXPECT_LT(Clock::now() - begun, 10s);
  EXPECT_EQ(count_of(broker, "killing"), 0) << broker.output();
}

}  // namespace
}  // namespace unified::test
