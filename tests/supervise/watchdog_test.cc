#include "supervise/watchdog.h"

#include <gtest/gtest.h>

namespace unified::supervise {
namespace {

using namespace std::chrono_literals;

constexpr Pulse kAlive{.alive = true};
constexpr Pulse kSilent{.alive = false};

/// How many of `pulses` it takes until the server is found hung; 0: never.
int looks_until_hung(const std::vector<Pulse>& pulses, const WatchdogPolicy& policy) {
  WatchdogState state;
  int looks = 0;
  for (const Pulse& pulse : pulses) {
    ++looks;
    const WatchdogStep step = judge(state, pulse, policy);
    state = step.state;
    if (!step.hung.empty())
      return looks;
  }
  return 0;
}

TEST(WatchdogTest, AServerThatIsSilentOftenEnoughInARowIsHung) {
  EXPECT_EQ(looks_until_hung(std::vector<Pulse>(20, kSilent), {.failures = 6}), 6);
  EXPECT_EQ(looks_until_hung(std::vector<Pulse>(20, kSilent), {.failures = 1}), 1);
}

TEST(WatchdogTest, OneAnswerBetweenStartsTheCountAgain) {
  std::vector<Pulse> pulses(5, kSilent);
  pulses.push_back(kAlive);
  pulses.insert(pulses.end(), 5, kSilent);
  EXPECT_EQ(looks_until_hung(pulses, {.failures = 6}), 0);
}

TEST(WatchdogTest, ZeroFailuresMeanNever) {
  EXPECT_EQ(looks_until_hung(std::vector<Pulse>(1000, kSilent), {.failures = 0}), 0);
}

TEST(WatchdogTest, WhatSaysNothingAboutTheServerIsNotCounted) {
  const Pulse late{.alive = false, .late = 2s};
  const Pulse disk{.alive = false, .waits_for_disk = true};
  EXPECT_EQ(looks_until_hung(std::vector<Pulse>(1000, late), {.failures = 1}), 0);
  EXPECT_EQ(looks_until_hung(std::vector<Pulse>(1000, disk), {.failures = 1}), 0);
  EXPECT_EQ(looks_until_hung({kSilent, late, disk, kSilent}, {.failures = 2}), 4);
}

TEST(WatchdogTest, SilentJetStreamBehindAnAnsweringServerIsHungAfterThree) {
  const Pulse stuck{.alive = true, .jetstream_silent = true};
  EXPECT_EQ(looks_until_hung(std::vector<Pulse>(20, stuck), {.failures = 6}), 3);
  EXPECT_EQ(
      looks_until_hung(std::vector<Pulse>(20, stuck), {.failures = 6, .judges_jetstream = false}),
      0);
  const Pulse unknown{.alive = true, .jetstream_unknown = true};
  EXPECT_EQ(looks_until_hung({stuck, stuck, unknown, unknown, stuck}, {.failures = 6}), 5);
  EXPECT_EQ(looks_until_hung({stuck, stuck, kAlive, stuck, stuck}, {.failures = 6}), 0);
}

}  // namespace
}  // namespace unified::supervise
