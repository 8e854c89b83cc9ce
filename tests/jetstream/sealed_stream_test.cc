#include "jetstream/sealed_stream.h"

#include <gtest/gtest.h>

namespace unified::jetstream {
namespace {

using nlohmann::json;

json state_of(std::int64_t messages, std::int64_t last) {
  return settled_state({{"state",
                         {{"messages", messages},
                          {"bytes", messages * 10},
                          {"first_seq", last - messages + 1},
                          {"last_seq", last},
                          {"last_ts", "2026-11-22T10:00:00Z"}}}});
}

json consumer_at(const std::string& name, std::int64_t floor) {
  return {{"name", name}, {"config", {{"durable_name", name}}}, {"ack_floor", floor}};
}

class SealedStreamTest : public testing::Test {
 protected:
  SealedStreamTest() {
    journal.from = {{"name", "X"}, {"retention", "limits"}};
    journal.state = state_of(10, 20);
    journal.consumers = json::array({consumer_at("c", 12)});
  }

  [[nodiscard]] SealedVerdict judged(const json& state) const {
    return judge_sealed(journal, state, journal.consumers);
  }

  MigrationJournal journal;
};

TEST_F(SealedStreamTest, TheSameStateHoldsTheSame) {
  EXPECT_EQ(judged(state_of(10, 20)), SealedVerdict::kHeld);
}

TEST_F(SealedStreamTest, WhatWasStoredSinceIsSavedWhateverTheRetention) {
  for (const char* retention : {"limits", "interest", "workqueue"}) {
    journal.from["retention"] = retention;
    EXPECT_EQ(judged(state_of(11, 21)), SealedVerdict::kSaveAgain) << retention;
    EXPECT_EQ(judged(state_of(10, 21)), SealedVerdict::kSaveAgain) << retention;  // one for one
  }
}

TEST_F(SealedStreamTest, AcknowledgementsMayTakeMessagesOutOfAQueueOnly) {
  EXPECT_EQ(judged(state_of(8, 20)), SealedVerdict::kSaveAgain);  // somebody deleted them
  for (const char* retention : {"interest", "workqueue"}) {
    journal.from["retention"] = retention;
    EXPECT_EQ(judged(state_of(8, 20)), SealedVerdict::kMoved) << retention;
  }
}

TEST_F(SealedStreamTest, FloorsMayMoveAndConsumersMayNotComeOrGo) {
  const json same = state_of(10, 20);
  EXPECT_EQ(judge_sealed(journal, same, json::array({consumer_at("c", 15)})),
            SealedVerdict::kMoved);
  EXPECT_EQ(judge_sealed(journal, same, json::array()), SealedVerdict::kSaveAgain);
  EXPECT_EQ(judge_sealed(journal, same, json::array({consumer_at("c", 12), consumer_at("d", 0)})),
            SealedVerdict::kSaveAgain);
  json other = consumer_at("c", 12);
  other["config"]["max_deliver"] = 3;
  EXPECT_EQ(judge_sealed(journal, same, json::array({other})), SealedVerdict::kSaveAgain);
}

}  // namespace
}  // namespace unified::jetstream
