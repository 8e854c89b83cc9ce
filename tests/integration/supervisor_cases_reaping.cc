// Supervisor cases 4, 5, 6, 26, 27 (tests/supervisor_cases.md): whose end comes to us, and what the
// child leaves behind.
#include <algorithm>
#include <csignal>
#include <filesystem>

#include <fmt/format.h>

#include "support/entrypoint.h"
#include "support/session_members.h"
#include "support/supervisor_case.h"
#include "support/wait_until.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

class ReapingCases : public SupervisorCase {
 protected:
  /// One herd let go; whether it was gone in twice tini's time, and a second for the other load.
  bool stampede(int orphans) const;
};

/// Processes of the session but the given ones, dead or alive.
std::size_t strangers(const Broker& broker, pid_t child) {
  const auto members = session_members(broker.process().pid());
  return static_cast<std::size_t>(std::ranges::count_if(members, [&](const SessionMember& member) {
    return member.pid != broker.process().pid() && member.pid != broker.pid() &&
           member.pid != child;
  }));
}

TEST_P(ReapingCases, Case04_OrphansAreReapedAndOnlyTheChildRemains) {
  const auto broker = start({.script = "--sleepers 100 --say forked --sleep 0"});
  ASSERT_TRUE(heard(*broker, "forked")) << broker->output();
  // The child is older than those that were given to us.
  const pid_t pid = children_of(broker->pid()).front();
  EXPECT_GE(strangers(*broker, pid), 50U) << "they should still sleep";
  EXPECT_TRUE(wait_until(500ms, [&] { return children_of(broker->pid()).size() >= 51; }))
      << "they should have come to us";

  EXPECT_TRUE(wait_until(20s, [&] { return strangers(*broker, pid) == 0; })) << broker->output();

  // Their words are still on the way through us.
  EXPECT_TRUE(wait_until(10s, [&] { return count_of(*broker, "slept") == 100; }))
      << broker->output();
  EXPECT_EQ(count_of(*broker, "group changed"), 0);
  EXPECT_EQ(children_of(broker->pid()), std::vector<pid_t>{pid});
  EXPECT_EQ(broker->stop(), 0) << broker->output();
}

/// How long the herd needs to be gone once it was let go, and the slowest answer meanwhile.
struct Stampede {
  Clock::duration reaped{};
  Clock::duration slowest_answer{};
};

Stampede let_go(const Broker& broker, pid_t child) {
  Stampede seen;
  const auto begun = Clock::now();
  ::kill(child, SIGUSR1);
  do {
    const auto asked = Clock::now();
    EXPECT_TRUE(broker.get("/livez"));
    seen.slowest_answer = std::max(seen.slowest_answer, Clock::now() - asked);
  } while (strangers(broker, child) > 0 && Clock::now() - begun < 30s);
  seen.reaped = Clock::now() - begun;
  return seen;
}

std::string herd(int orphans) {
  return fmt::format("--herd {} --say waits --sleep 0", orphans);
}

/// The same under tini, whose work there is the measure; nothing where it isn't installed.
std::optional<Clock::duration> under_tini(int orphans) {
  if (run({.command = {"tini", "--version"}}).status != 0)
    return std::nullopt;
  const Process tini({.command = {"tini", "-s", "--", test_program("misbehave"), "-c", "x"},
                      .environment = {{"MISBEHAVE", herd(orphans)}}});
  if (!tini.wait_for_output("waits", 30s))
    return std::nullopt;
  const pid_t child = children_of(tini.pid()).front();
  const auto begun = Clock::now();
  ::kill(child, SIGUSR1);
  wait_until(30s, [&] { return children_of(tini.pid()).size() == 1; });
  return Clock::now() - begun;
}

long milliseconds(Clock::duration time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
}

bool ReapingCases::stampede(int orphans) const {
  const auto broker = start({.script = herd(orphans)});
  EXPECT_TRUE(heard(*broker, "waits", 30s)) << broker->output();
  const pid_t child = children_of(broker->pid()).front();
  EXPECT_EQ(strangers(*broker, child), static_cast<std::size_t>(orphans));
  const Stampede seen = let_go(*broker, child);
  const auto tini = under_tini(orphans);
  fmt::print("{} orphans: reaped in {} ms (tini {}), slowest answer {} ms\n", orphans,
             milliseconds(seen.reaped), tini ? std::to_string(milliseconds(*tini)) : "not here",
             milliseconds(seen.slowest_answer));
  EXPECT_EQ(strangers(*broker, child), 0U);
  EXPECT_LT(seen.slowest_answer, 5s) << "50 ms on a machine of its own";
  EXPECT_EQ(broker->stop(), 0) << broker->output();
  return !tini || seen.reaped <= 2 * *tini + 1s;
}

TEST_P(ReapingCases, Case05_AThousandOrphansAtOnceHoldNobodyUp) {
  for (const int orphans : {1000, 5000}) {
    if (orphans > times(1000, 5000))
      break;
    // Ours and tini's turn come one after the other: a machine that is busy in between says
    // nothing.
    bool as_fast_as_tini = false;
    for (int attempt = 0; attempt < 3 && !as_fast_as_tini; ++attempt)
      as_fast_as_tini = stampede(orphans);
    EXPECT_TRUE(as_fast_as_tini);
  }
}
TEST_P(ReapingCases, Case06_AGrandchildThatEndsWithTheChildHangsNothing) {
  for (int round = 0; round < times(40, 10'000); ++round) {
    const auto broker = start({.script = "--orphan 1 --exit 3"});
    ASSERT_EQ(broker->wait(20s), 3) << "round " << round << broker->output();
  }
}

TEST_P(ReapingCases, Case26_AGrandchildThatHoldsStdoutDelaysNothing) {
  // In a session of its own: the group's kill does not find it.
  const auto broker = start({.script = "--daemon --say last --exit 5"});
  const auto begun = Clock::now();

  EXPECT_EQ(broker->wait(10s), 5) << broker->output();

  EXPECT_LT(Clock::now() - begun, 5s);
  EXPECT_TRUE(heard(*broker, "last")) << broker->output();
}

/// Only PID 1 may signal everybody.
class SweepCases : public SupervisorCase {};

TEST_P(SweepCases, Case27_TheFinalSweepEndsWhatLeftTheGroup) {
  // The kernel kills all that PID 1 leaves behind; that they may end in order is the sweep's work.
  const auto directory = std::make_shared<TempDir>();
  const std::string mark = *directory / "ended-in-order";
  for (const std::string& daemon : {"--mark-term " + mark, std::string{"--ignore-term"}}) {
    const auto broker = start({.script = daemon + " --daemon --exit-on-int 0 --say up --sleep 0",
                               .directory = directory});
    ASSERT_TRUE(heard(*broker, "up")) << broker->output();
    ASSERT_TRUE(wait_until(10s, [&] {
      return broker->process().others("nats-server").size() == 1;
    })) << "the daemon leaves the session";
    const auto daemons = children_of(broker->server_pid());
    ASSERT_EQ(daemons.size(), 1U);

    EXPECT_EQ(broker->stop(10s), 0) << broker->output();

    EXPECT_NE(::kill(daemons.front(), 0), 0) << "the daemon lives";
  }
  EXPECT_TRUE(std::filesystem::exists(mark)) << "nobody asked it to end";
}

UNIFIED_IN_BOTH_ROLES(ReapingCases);
INSTANTIATE_TEST_SUITE_P(Supervisor, SweepCases, testing::Values("pid1"), [](const auto& each) {
  return std::string{each.param};
});

}  // namespace
}  // namespace unified::test
