#include "health/dead_streams.h"

#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace unified::health {
namespace {

using namespace std::chrono_literals;
using Outcome = TrialOutcome::Kind;
using Names = std::set<std::string>;

constexpr DeadStreams::TimePoint kNow{1000s};
constexpr const char* kDeadA =
    "Filestore [A] Critical write error: write /s/1.blk: input/output error";
constexpr const char* kFolderInTheWay =
    "Filestore [A] Critical write error: open /s/2.blk: is a directory";
const FolderTrial kWrittenA{.stream = "A", .exists = true, .outcome = {}};
const FolderTrial kRefusedA{.stream = "A", .exists = true, .outcome = {Outcome::kRefused, "EROFS"}};

DeadStreams with_line(const char* line = kDeadA, DeadStreams::TimePoint now = kNow) {
  DeadStreams dead;
  note_line(dead, line, now);
  return dead;
}

/// What the next incarnation does when the stream dies again; whether it is started anew then.
bool dies_again(DeadStreams& dead, DeadStreams::TimePoint now) {
  server_started(dead);
  note_line(dead, kDeadA, now);
  return end_folder_trials(dead, {kWrittenA}) && end_question(dead, Names{"A"}) &&
         may_start_anew(dead, "", now);
}

TEST(DeadStreamsTest, TheServersLinesNameTheStream) {
  EXPECT_EQ(dead_stream_of(kDeadA), "A");
  EXPECT_EQ(dead_stream_of("JetStream stream '$G > A' critical write error: write: file too large"),
            "A");
  EXPECT_EQ(dead_stream_of("JetStream failed to store a msg on stream '$G > A': EIO"), "");
  EXPECT_EQ(dead_stream_of("Filestore [../../x] Critical write error: EIO"), "");
  EXPECT_EQ(dead_stream_of("Filestore [] Critical write error: EIO"), "");
}

TEST(DeadStreamsTest, AStreamWhoseOwnFolderTakesNoWritesIsToldAndNothingIsStartedAnew) {
  DeadStreams dead = with_line();

  EXPECT_FALSE(end_folder_trials(dead, {kRefusedA}));

  const std::string told = sentence(dead, {"A"}, true);
  EXPECT_EQ(told.find("stream A stores nothing"), 0U) << told;
  EXPECT_NE(told.find("EROFS"), std::string::npos) << told;
}

TEST(DeadStreamsTest, AStreamThatNobodyDeclaredIsNoReasonForTheBrokerToBeNotReady) {
  DeadStreams dead = with_line();
  (void)end_folder_trials(dead, {kRefusedA});

  EXPECT_EQ(sentence(dead, {"B"}, true), "");
  EXPECT_NE(sentence(dead, {"B"}, false), "");
}

TEST(DeadStreamsTest, OnlyALineConfirmsNothing) {
  EXPECT_EQ(sentence(with_line(), {"A"}, true), "");
}

TEST(DeadStreamsTest, TheServerIsStartedAnewWhenTheFolderTakesWritesAndItStillRefuses) {
  DeadStreams dead = with_line();

  EXPECT_TRUE(end_folder_trials(dead, {kWrittenA}));
  EXPECT_TRUE(end_question(dead, Names{"A"}));
  EXPECT_TRUE(may_start_anew(dead, "", kNow));
}

TEST(DeadStreamsTest, WhatTheServerNoLongerNamesIsOver) {
  DeadStreams dead = with_line();
  confirm(dead);

  EXPECT_FALSE(end_question(dead, Names{"B"}));

  EXPECT_EQ(sentence(dead, {"A"}, true), "");
}

TEST(DeadStreamsTest, NoAnswerIsNeitherARefusalNorARecovery) {
  DeadStreams dead = with_line();
  confirm(dead);

  EXPECT_FALSE(end_question(dead, std::nullopt));

  EXPECT_NE(sentence(dead, {"A"}, true).find("does not tell"), std::string::npos);
}

TEST(DeadStreamsTest, ADeletedStreamIsForgotten) {
  DeadStreams dead = with_line();
  confirm(dead);

  EXPECT_FALSE(end_folder_trials(dead, {{.stream = "A", .exists = false, .outcome = {}}}));

  EXPECT_TRUE(dead.streams.empty());
}

TEST(DeadStreamsTest, WhatTheNextStartWouldMeetAgainStartsNothingAnew) {
  DeadStreams dead = with_line(kFolderInTheWay);
  (void)end_folder_trials(dead, {kWrittenA});
  ASSERT_TRUE(end_question(dead, Names{"A"}));

  EXPECT_FALSE(may_start_anew(dead, "", kNow));

  EXPECT_NE(sentence(dead, {"A"}, true).find("might not load"), std::string::npos);
}

TEST(DeadStreamsTest, AnErrorThatATrialOfOursMetAndThatIsOverMayHaveAnyName) {
  DeadStreams dead = with_line("Filestore [A] Critical write error: open: permission denied");
  confirm(dead);
  ASSERT_TRUE(end_question(dead, Names{"A"}));

  EXPECT_TRUE(may_start_anew(dead, "", kNow));
}

TEST(DeadStreamsTest, AnObstacleIsTold) {
  DeadStreams dead = with_line();
  ASSERT_TRUE(end_question(dead, Names{"A"}));

  EXPECT_FALSE(may_start_anew(dead, "a stream is being restored", kNow));

  EXPECT_NE(sentence(dead, {"A"}, true).find("waits: a stream is being restored"),
            std::string::npos);
  EXPECT_TRUE(may_start_anew(dead, "", kNow)) << "that was none";
}

TEST(DeadStreamsTest, StartsInVainComeLessOftenAndEndAfterThree) {
  DeadStreams dead;
  EXPECT_TRUE(dies_again(dead, kNow));
  EXPECT_FALSE(dies_again(dead, kNow + 59s));
  EXPECT_TRUE(dies_again(dead, kNow + 60s));
  EXPECT_FALSE(dies_again(dead, kNow + 60s + 119s));
  EXPECT_TRUE(dies_again(dead, kNow + 60s + 120s));

  EXPECT_FALSE(dies_again(dead, kNow + 60min));
  EXPECT_NE(sentence(dead, {"A"}, true).find("3 times did not help"), std::string::npos);
}

TEST(DeadStreamsTest, AnHourWithoutSuchALineEndsTheCount) {
  DeadStreams dead;
  EXPECT_TRUE(dies_again(dead, kNow));
  EXPECT_TRUE(dies_again(dead, kNow + 60s));
  EXPECT_TRUE(dies_again(dead, kNow + 4min));

  EXPECT_TRUE(dies_again(dead, kNow + 64min));
}

TEST(DeadStreamsTest, ADiskThatFailsNowAndThenIsFollowedAtMostOnceAnHour) {
  DeadStreams dead;
  DeadStreams::TimePoint now = kNow;
  std::vector<std::chrono::minutes> pauses;
  for (DeadStreams::TimePoint last = now; pauses.size() < 8; now += 1min) {
    server_started(dead);
    note_line(dead, kDeadA, now);
    confirm(dead);  // a trial of ours had failed
    if (!end_question(dead, Names{"A"}) || !may_start_anew(dead, "", now))
      continue;
    pauses.push_back(
        std::chrono::duration_cast<std::chrono::minutes>(now - std::exchange(last, now)));
  }
  EXPECT_EQ(pauses,
            (std::vector<std::chrono::minutes>{0min, 1min, 2min, 4min, 8min, 16min, 32min, 60min}));
}

TEST(DeadStreamsTest, HealthzTellsWhichStreamsRefuse) {
  const std::string body =
      R"({"status":"error","errors":[{"type":"STREAM","account":"$G","stream":"A",)"
      R"("error":"JetStream stream '$G > A' write error: EIO"},)"
      R"({"type":"STREAM","stream":"B","error":"JetStream stream '$G > B' could not be recovered"}]})";

  EXPECT_EQ(refusing_streams(503, body), Names{"A"});
  EXPECT_EQ(refusing_streams(200, R"({"status":"ok"})"), Names{});
  EXPECT_EQ(refusing_streams(503, R"({"status":"unavailable","error":"x"})"), std::nullopt);
  EXPECT_EQ(refusing_streams(503, "<html>"), std::nullopt);
}

}  // namespace
}  // namespace unified::health
