#include "app/readiness_log.h"

#include <gtest/gtest.h>

#include "app/recording_log.h"

namespace unified::app {
namespace {

using Lines = std::vector<std::string>;

health::Snapshot ready_facts() {
  health::Snapshot facts;
  facts.server_running = true;
  facts.server_was_ready = true;
  facts.client_port.ok = true;
  facts.http.ok = true;
  facts.jetstream.ok = true;
  facts.streams_known = true;
  health::StreamFacts stream;
  stream.name = "S";
  stream.present = stream.on_file = true;
  facts.streams = {stream};
  return facts;
}

TEST(ReadinessLogTest, WhatIsReadyIsToldAsThatOnce) {
  RecordingLog log;
  ReadinessLog readiness{log};

  readiness.provisioned(ready_facts(), "ready: here");
  readiness.note(ready_facts());

  EXPECT_EQ(log.lines(), Lines{"ready: here"});
}

TEST(ReadinessLogTest, ReadyIsNotSaidWhileTheStoreTakesNoWrites) {
  RecordingLog log;
  ReadinessLog readiness{log};
  health::Snapshot facts = ready_facts();
  facts.store_refusal = "the store's file system refuses writes";

  readiness.note(facts);
  readiness.provisioned(facts, "ready: here");
  EXPECT_EQ(log.lines(), Lines{"not ready: the store's file system refuses writes"});

  readiness.note(ready_facts());
  readiness.note(ready_facts());
  EXPECT_EQ(log.lines().size(), 2U);
  EXPECT_EQ(log.lines().back(), "ready: here");
}

TEST(ReadinessLogTest, OfAServerThatEndedMeanwhileNothingIsSaid) {
  RecordingLog log;
  ReadinessLog readiness{log};
  health::Snapshot facts = ready_facts();
  facts.server_running = false;

  readiness.provisioned(facts, "ready: here");
  readiness.note(ready_facts());

  EXPECT_TRUE(log.lines().empty());
}

}  // namespace
}  // namespace unified::app
