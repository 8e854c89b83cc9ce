#include "health/assess.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace unified::health {
namespace {

/// A broker with one declared stream that has everything.
Snapshot healthy() {
  Snapshot facts;
  facts.server_running = true;
  facts.server_was_ready = true;
  facts.phase = "running";
  facts.client_port = {true, "connected", {}};
  facts.http = {true, "answered 200", {}};
  facts.jetstream = {true, "answered", {}};
  facts.streams_known = true;
  facts.streams = {
      {.name = "S", .declared_subjects = {"a.>", "b.>"}, .unbound_subjects = {}, .present = true}};
  facts.disk = DiskFacts{std::int64_t{50} << 30, std::int64_t{100} << 30, 1'000'000};
  return facts;
}

Check check_named(const Snapshot& facts, const std::string& name) {
  const std::vector<Check> checks = assess(facts);
  const auto found = std::ranges::find(checks, name, &Check::name);
  return found == checks.end() ? Check{} : *found;
}

TEST(AssessTest, EverythingThereIsReadyAndPasses) {
  EXPECT_TRUE(not_ready_reasons(healthy()).empty());
  EXPECT_EQ(worst(assess(healthy())), Status::kPass);
}

TEST(AssessTest, OneUnboundSubjectIsNotReadyAndNamed) {
  Snapshot facts = healthy();
  facts.streams[0].unbound_subjects = {"b.>"};

  EXPECT_FALSE(not_ready_reasons(facts).empty());
  EXPECT_EQ(check_named(facts, "datatypes").status, Status::kFail);
  EXPECT_NE(check_named(facts, "datatypes").message.find("b.>"), std::string::npos);
}

TEST(AssessTest, UnknownStreamsAreNeverReady) {
  Snapshot facts = healthy();
  facts.streams_known = false;

  EXPECT_FALSE(not_ready_reasons(facts).empty());
  EXPECT_EQ(check_named(facts, "stream").status, Status::kFail);
}

TEST(AssessTest, EachMissingAnswerAloneIsNotReady) {
  for (Probe Snapshot::* probe : {&Snapshot::client_port, &Snapshot::http, &Snapshot::jetstream}) {
    Snapshot facts = healthy();
    facts.*probe = {false, "silent", {}};
    EXPECT_EQ(not_ready_reasons(facts).size(), 1U);
    EXPECT_EQ(worst(assess(facts)), Status::kFail);
  }
}

TEST(AssessTest, AnUnloadedStreamIsNotReady) {
  Snapshot facts = healthy();
  facts.unloaded = {"stream S is on disk"};

  EXPECT_FALSE(not_ready_reasons(facts).empty());
  EXPECT_EQ(check_named(facts, "stream").status, Status::kFail);
}

TEST(AssessTest, ARefusedChangeIsAWarningAndStaysReady) {
  Snapshot facts = healthy();
  facts.refused = {"stream S: not applied: max_msgs"};

  EXPECT_TRUE(not_ready_reasons(facts).empty());
  EXPECT_EQ(check_named(facts, "stream").status, Status::kWarn);
}

TEST(AssessTest, StoppingIsNotReadyWhateverElseIsFine) {
  Snapshot facts = healthy();
  facts.stopping = true;

  EXPECT_EQ(not_ready_reasons(facts), std::vector<std::string>{"stopping"});
}

TEST(AssessTest, WithoutJetStreamOnlyTheServerCounts) {
  Snapshot facts = healthy();
  facts.jetstream_enabled = false;
  facts.jetstream = {};
  facts.streams_known = false;
  facts.disk.reset();

  EXPECT_TRUE(not_ready_reasons(facts).empty());
  EXPECT_EQ(worst(assess(facts)), Status::kPass);
}

TEST(AssessTest, AnAlmostFullDiskFailsStorage) {
  Snapshot facts = healthy();
  facts.disk->free_bytes = 1024;

  EXPECT_EQ(check_named(facts, "storage").status, Status::kFail);
}

TEST(AssessTest, AFileSystemWithoutInodeCountsPassesStorage) {
  Snapshot facts = healthy();
  facts.disk->free_inodes = -1;

  EXPECT_EQ(check_named(facts, "storage").status, Status::kPass);
}

}  // namespace
}  // namespace unified::health
