#include "health/store_trial.h"

#include <gtest/gtest.h>

namespace unified::health {
namespace {

using namespace std::chrono_literals;
using Outcome = TrialOutcome::Kind;

constexpr StoreTrials::TimePoint kServerStart{1000s};
constexpr const char* kFailed =
    "JetStream failed to store a msg on stream '$G > S': write /s/1.blk: input/output error";

StoreTrials started() {
  StoreTrials trials;
  server_started(trials, kServerStart);
  return trials;
}

TrialStep tried(StoreTrials& trials,
                const TrialOutcome& outcome,
                StoreTrials::TimePoint now,
                bool jetstream_silent = false) {
  (void)begin_trial(trials, now);
  return end_trial(trials, outcome, jetstream_silent, now);
}

TEST(StoreTrialTest, KnowsTheWordsOfTheServers) {
  EXPECT_TRUE(tells_of_failed_write(kFailed));  // 2.9.10, 2.10.27, 2.15.1
  EXPECT_TRUE(tells_of_failed_write(
      "JetStream stream '$G > S' critical write error: write /s/1.blk: file too large"));
  EXPECT_FALSE(tells_of_failed_write("JetStream resource limits exceeded for server"));
}

TEST(StoreTrialTest, AStreamThatIsDeletedUnderItsPublisherIsNoFailedWrite) {
  EXPECT_FALSE(
      tells_of_failed_write("JetStream failed to store a msg on stream '$G > S': store is closed"));
  EXPECT_FALSE(tells_of_failed_write(
      "JetStream failed to store a msg on stream '$G > S': maximum messages exceeded"));
}

TEST(StoreTrialTest, ADiskWithoutRoomIsNotItsBusiness) {
  EXPECT_FALSE(tells_of_failed_write(
      "JetStream failed to store a msg on stream '$G > S': write /s/1.blk: no space left on "
      "device"));
}

TEST(StoreTrialTest, WithoutASignOneTrialAMinute) {
  StoreTrials trials = started();
  EXPECT_EQ(next_trial(trials), kServerStart + 60s);

  EXPECT_EQ(tried(trials, {}, kServerStart + 60s), TrialStep::kNothing);

  EXPECT_EQ(next_trial(trials), kServerStart + 120s);
}

TEST(StoreTrialTest, ALineStartsOneAtOnceButNoTwoInFiveSeconds) {
  StoreTrials trials = started();
  EXPECT_FALSE(note_line(trials, "Server is ready", kServerStart + 1s));
  EXPECT_TRUE(note_line(trials, kFailed, kServerStart + 1s));
  EXPECT_LE(next_trial(trials), kServerStart + 1s);

  (void)tried(trials, {}, kServerStart + 1s);
  (void)note_line(trials, kFailed, kServerStart + 2s);

  EXPECT_EQ(next_trial(trials), kServerStart + 6s);
}

TEST(StoreTrialTest, ARefusedTrialIsToldOnceAndRepeatedUntilItIsWritten) {
  StoreTrials trials = started();

  EXPECT_EQ(tried(trials, {Outcome::kRefused, "EROFS"}, kServerStart + 60s),
            TrialStep::kTellRefusal);
  EXPECT_NE(trials.refusal.find("EROFS"), std::string::npos);
  EXPECT_EQ(next_trial(trials), kServerStart + 65s);
  EXPECT_EQ(tried(trials, {Outcome::kSilent, "…"}, kServerStart + 65s), TrialStep::kNothing);
  EXPECT_NE(trials.refusal.find("does not answer"), std::string::npos);
  EXPECT_EQ(tried(trials, {}, kServerStart + 70s), TrialStep::kTellRecovery);

  EXPECT_TRUE(trials.refusal.empty());
  EXPECT_EQ(next_trial(trials), kServerStart + 130s);
}

constexpr const char* kNoRoom = "writing in /s fails (ENOSPC): no space left on device";

TEST(StoreTrialTest, WantOfRoomIsLeftToTheWatchOfTheDiskUnlessItGoesOn) {
  StoreTrials trials = started();

  EXPECT_EQ(tried(trials, {Outcome::kRefused, kNoRoom}, kServerStart + 60s), TrialStep::kNothing);
  EXPECT_NE(trials.refusal.find("ENOSPC"), std::string::npos) << "not ready all the same";
  EXPECT_EQ(tried(trials, {Outcome::kRefused, kNoRoom}, kServerStart + 65s),
            TrialStep::kTellRefusal);
  EXPECT_EQ(tried(trials, {Outcome::kRefused, kNoRoom}, kServerStart + 70s), TrialStep::kNothing);
  EXPECT_EQ(tried(trials, {}, kServerStart + 75s), TrialStep::kTellRecovery);
}

TEST(StoreTrialTest, WantOfRoomThatIsSoonOverIsNeverTold) {
  StoreTrials trials = started();

  EXPECT_EQ(tried(trials, {Outcome::kRefused, kNoRoom}, kServerStart + 60s), TrialStep::kNothing);
  EXPECT_EQ(tried(trials, {}, kServerStart + 65s), TrialStep::kNothing);

  EXPECT_TRUE(trials.refusal.empty());
}

TEST(StoreTrialTest, AServerThatIsStartedWhenThereIsRoomAgainIsTriedAtOnce) {
  StoreTrials trials = started();
  (void)tried(trials, {Outcome::kRefused, kNoRoom}, kServerStart + 60s);

  server_started(trials, kServerStart + 61s);

  EXPECT_TRUE(trials.refusal.empty());
  EXPECT_EQ(next_trial(trials), kServerStart + 61s);
  EXPECT_EQ(tried(trials, {Outcome::kRefused, kNoRoom}, kServerStart + 61s), TrialStep::kNothing);
  EXPECT_FALSE(trials.refusal.empty());
}

TEST(StoreTrialTest, ARefusalOfTheIncarnationBeforeIsLookedAtOnceTheServerIsReady) {
  StoreTrials trials = started();
  (void)tried(trials, {Outcome::kRefused, "EROFS"}, kServerStart + 60s);
  server_started(trials, kServerStart + 61s);

  server_ready(trials);

  EXPECT_LE(next_trial(trials), kServerStart + 61s);
  EXPECT_EQ(tried(trials, {}, kServerStart + 61s), TrialStep::kTellRecovery);
  server_ready(trials);
  EXPECT_EQ(next_trial(trials), kServerStart + 121s) << "nothing was refused";
}

TEST(StoreTrialTest, AnFsyncThatDoesNotEndIsOnlyDoubtfulWhileNothingElseSpeaksForIt) {
  StoreTrials trials = started();
  const TrialOutcome slow{Outcome::kSlowSync, "an fsync did not end"};

  EXPECT_EQ(tried(trials, slow, kServerStart + 60s, true), TrialStep::kTellDoubt) << "the first";
  EXPECT_EQ(tried(trials, slow, kServerStart + 65s), TrialStep::kNothing) << "JetStream answers";
  EXPECT_TRUE(trials.refusal.empty());
  EXPECT_FALSE(trials.doubt.empty());
  EXPECT_EQ(next_trial(trials), kServerStart + 70s);

  EXPECT_EQ(tried(trials, slow, kServerStart + 70s, true), TrialStep::kTellRefusal);
  EXPECT_NE(trials.refusal.find("did not end"), std::string::npos);
  EXPECT_EQ(tried(trials, slow, kServerStart + 75s), TrialStep::kTellRecovery)
      << "JetStream answers again";
  (void)tried(trials, {}, kServerStart + 80s);
  EXPECT_TRUE(trials.doubt.empty());
}

TEST(StoreTrialTest, AnFsyncThatDoesNotEndRefusesWithALineOfTheServers) {
  StoreTrials trials = started();
  const TrialOutcome slow{Outcome::kSlowSync, "an fsync did not end"};
  (void)tried(trials, slow, kServerStart + 60s);
  (void)note_line(trials, kFailed, kServerStart + 61s);

  EXPECT_EQ(tried(trials, slow, kServerStart + 65s), TrialStep::kTellRefusal);
}

TEST(StoreTrialTest, AFailureOfOurOwnRefusesNothingAndClearsNothing) {
  StoreTrials trials = started();
  const TrialOutcome ours{Outcome::kUnknown, "EMFILE"};

  EXPECT_EQ(tried(trials, ours, kServerStart + 60s), TrialStep::kTellDoubt);
  EXPECT_TRUE(trials.refusal.empty());
  EXPECT_NE(trials.doubt.find("not known"), std::string::npos);

  (void)tried(trials, {Outcome::kRefused, "EROFS"}, kServerStart + 65s);
  EXPECT_EQ(tried(trials, ours, kServerStart + 70s), TrialStep::kNothing);
  EXPECT_NE(trials.refusal.find("EROFS"), std::string::npos);
}

TEST(StoreTrialTest, AFileThatIsTooLargeIsTriedFarBehind) {
  StoreTrials trials = started();
  EXPECT_EQ(begin_trial(trials, kServerStart), 0);

  (void)note_line(
      trials, "JetStream failed to store a msg on stream '$G > S': write /s/1.blk: file too large",
      kServerStart + 1s);

  EXPECT_EQ(begin_trial(trials, kServerStart + 6s), std::int64_t{16} << 20);
}

TEST(StoreTrialTest, AComplaintThatNoTrialConfirmsIsToldForAMinute) {
  StoreTrials trials = started();
  (void)note_line(trials, kFailed, kServerStart);
  (void)tried(trials, {}, kServerStart);

  EXPECT_EQ(complaint(trials, kServerStart + 59s), kFailed);
  EXPECT_EQ(complaint(trials, kServerStart + 60s), "");
}

}  // namespace
}  // namespace unified::health
