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
  facts.streams = {{.name = "S",
                    .declared_subjects = {"a.>", "b.>"},
                    .unbound_subjects = {},
                    .present = true,
                    .on_file = true}};
  facts.disk = DiskFacts{.free_bytes = std::int64_t{50} << 30,
                         .total_bytes = std::int64_t{100} << 30,
                         .free_inodes = 1'000'000};
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

TEST(AssessTest, AReadOnlyFileSystemIsNotReadyAndFailsTheStorage) {
  Snapshot facts = healthy();
  facts.disk->read_only = true;

  EXPECT_FALSE(not_ready_reasons(facts).empty());
  EXPECT_EQ(check_named(facts, "storage").status, Status::kFail);
}

TEST(AssessTest, AStoreThatRefusesAWriteOfOursIsNotReadyAndFailsTheStorage) {
  Snapshot facts = healthy();
  facts.store_refusal = "the store's file system refuses writes: writing in /s fails (EIO)";

  EXPECT_EQ(not_ready_reasons(facts), std::vector<std::string>{facts.store_refusal});
  EXPECT_EQ(check_named(facts, "storage").status, Status::kFail);
  EXPECT_EQ(check_named(facts, "storage").message, facts.store_refusal);
}

TEST(AssessTest, AWriteThatOnlyTheServerComplainsOfFailsTheStorageButIsReady) {
  Snapshot facts = healthy();
  facts.store_complaint = "failed to store a msg";

  EXPECT_TRUE(not_ready_reasons(facts).empty());
  EXPECT_EQ(check_named(facts, "storage").status, Status::kFail);
}

TEST(AssessTest, ADoubtAboutTheStoreIsAWarningAndIsReady) {
  Snapshot facts = healthy();
  facts.store_doubt = "an fsync of 4 KiB in /s did not end within 10 s";

  EXPECT_TRUE(not_ready_reasons(facts).empty());
  EXPECT_EQ(check_named(facts, "storage").status, Status::kWarn);
  EXPECT_EQ(check_named(facts, "storage").message.find(facts.store_doubt), 0U);
}

TEST(AssessTest, ASpentLimitFailsItsCheckAndIsReady) {
  using Kind = LimitFacts::Kind;
  const std::vector<std::pair<Kind, const char*>> rows{{Kind::kConnections, "connectivity"},
                                                       {Kind::kFile, "storage"},
                                                       {Kind::kMemory, "storage"},
                                                       {Kind::kStreamMessages, "stream"},
                                                       {Kind::kStreamBytes, "stream"}};
  for (const auto& [kind, check] : rows) {
    Snapshot facts = healthy();
    facts.limits = {{.kind = kind, .stream = "S", .used = 91, .limit = 100}};
    EXPECT_EQ(check_named(facts, check).status, Status::kWarn) << check;
    facts.limits[0].spent = true;
    EXPECT_EQ(check_named(facts, check).status, Status::kFail) << check;
    EXPECT_EQ(std::ranges::count(assess(facts), Status::kFail, &Check::status), 1) << check;
    EXPECT_TRUE(not_ready_reasons(facts).empty()) << check;
  }
}

TEST(AssessTest, AStreamThatIsUnusableIsNotReadyAndFailsTheStream) {
  Snapshot facts = healthy();
  facts.streams[0].unusable = "stream S is sealed";

  EXPECT_EQ(not_ready_reasons(facts), std::vector<std::string>{"stream S is sealed"});
  EXPECT_EQ(check_named(facts, "stream").status, Status::kFail);
}

TEST(AssessTest, APartThatDoesNotWorkIsAWordOfTheSupervisorAndReady) {
  Snapshot facts = healthy();
  facts.parts = {{.name = "port 9090", .why = "taken", .lasts = std::chrono::seconds{5}},
                 {.name = "log", .why = "", .lasts = {}}};

  EXPECT_TRUE(not_ready_reasons(facts).empty());
  EXPECT_EQ(check_named(facts, "supervisor").status, Status::kWarn);
  EXPECT_NE(check_named(facts, "supervisor").message.find("port 9090 does not work: taken"),
            std::string::npos);
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

TEST(AssessTest, AStoreThatIsGoneFailsStorage) {
  Snapshot facts = healthy();
  facts.disk->store_exists = false;
  EXPECT_EQ(check_named(facts, "storage").status, Status::kFail);
}

TEST(AssessTest, WhatTheNextStartWouldNotFindIsNotReady) {
  Snapshot no_store = healthy();
  no_store.disk->store_exists = false;
  Snapshot no_folder = healthy();
  no_folder.disk->without_files = {"S"};
  Snapshot full = healthy();
  full.disk->free_bytes = 4096;
  Snapshot hung = healthy();
  hung.disk.reset();
  hung.store = {false, "the file system did not answer", {}};
  Snapshot no_inode = healthy();
  no_inode.disk->free_inodes = 0;
  for (const Snapshot& facts : {no_store, no_folder, full, hung, no_inode}) {
    EXPECT_EQ(not_ready_reasons(facts).size(), 1U);
    EXPECT_EQ(check_named(facts, "storage").status, Status::kFail);
  }
}

TEST(AssessTest, TheDiskIsNoMatterWhenNothingIsKeptOnIt) {
  Snapshot memory_only = healthy();
  memory_only.streams[0].on_file = false;
  memory_only.disk->store_exists = false;
  memory_only.disk->free_bytes = 0;
  EXPECT_TRUE(not_ready_reasons(memory_only).empty());
  Snapshot uncounted = healthy();
  uncounted.disk->total_bytes = 0;
  uncounted.disk->free_bytes = 0;
  EXPECT_TRUE(not_ready_reasons(uncounted).empty());
}

TEST(AssessTest, AStreamThatAClientDeletedIsMissingNotLost) {
  Snapshot facts = healthy();
  facts.streams[0].present = false;
  facts.streams[0].unbound_subjects = facts.streams[0].declared_subjects;
  facts.disk->without_files = {"S"};

  EXPECT_EQ(not_ready_reasons(facts).size(), 1U);
  EXPECT_EQ(check_named(facts, "storage").status, Status::kPass);
}

TEST(AssessTest, AFileSystemWithoutInodeCountsPassesStorage) {
  Snapshot facts = healthy();
  facts.disk->free_inodes = -1;

  EXPECT_EQ(check_named(facts, "storage").status, Status::kPass);
}

TEST(AssessTest, ADiskThatWillBeFullSoonWarnsWithTheTime) {
  Snapshot facts = healthy();
  facts.disk->full_in = std::chrono::hours{5};

  EXPECT_EQ(check_named(facts, "storage").status, Status::kWarn);
  EXPECT_EQ(check_named(facts, "storage").message, "50.0 GiB of 100.0 GiB free, full in about 5 h");
  EXPECT_TRUE(not_ready_reasons(facts).empty());
}

TEST(AssessTest, FewInodesWarnAndHardlyAnyFail) {
  Snapshot facts = healthy();
  facts.disk->total_inodes = 6'000'000;
  facts.disk->free_inodes = 500'000;
  EXPECT_EQ(check_named(facts, "storage").status, Status::kWarn);
  EXPECT_NE(check_named(facts, "storage").message.find("500000 of 6000000 inodes free"),
            std::string::npos);

  facts.disk->free_inodes = 999;
  EXPECT_EQ(check_named(facts, "storage").status, Status::kFail);
}

TEST(AssessTest, LittleSpaceInBytesWarnsOnASmallDiskToo) {
  Snapshot facts = healthy();
  facts.disk->total_bytes = std::int64_t{1} << 30;
  facts.disk->free_bytes = std::int64_t{500} << 20;

  EXPECT_EQ(check_named(facts, "storage").status, Status::kWarn);
}

TEST(AssessTest, WhatTheStreamsMayStillTakeMustBeThere) {
  Snapshot facts = healthy();
  facts.disk->max_file = std::int64_t{200} << 30;
  EXPECT_EQ(check_named(facts, "storage").status, Status::kWarn);  // a stream without a limit
  EXPECT_NE(check_named(facts, "storage").message.find("may grow by 200.0 GiB more"),
            std::string::npos);

  facts.streams[0].max_bytes = std::int64_t{1} << 30;
  EXPECT_EQ(check_named(facts, "storage").status, Status::kPass);
}

}  // namespace
}  // namespace unified::health
