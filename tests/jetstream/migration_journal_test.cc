#include "jetstream/migration_journal.h"

#include <gtest/gtest.h>

namespace unified::jetstream {
namespace {

using nlohmann::json;
using Phase = MigrationPhase;
using Step = MigrationStep;

MigrationJournal journal_at(Phase phase,
                            const std::string& from = "file",
                            const std::string& to = "file") {
  MigrationJournal journal;
  journal.stream = "X";
  journal.phase = phase;
  journal.from = {{"name", "X"}, {"storage", from}};
  journal.to = {{"name", "X"}, {"storage", to}};
  return journal;
}

TEST(MigrationJournalTest, WhatIsWrittenIsReadAgain) {
  MigrationJournal journal = journal_at(Phase::kReplacing, "file", "memory");
  journal.method = MigrationMethod::kLoad;
  journal.changed = {"storage", "max_consumers"};
  journal.keep_backup = true;
  journal.begun = "2026-11-22T10:00:00Z";
  journal.state = {{"last_seq", 7}};
  journal.created = "2026-11-22T10:00:01Z";
  journal.consumers = {{{"name", "c"}}};
  journal.backup_bytes = 12;
  journal.backup_sum = "ab";
  journal.digest = {3, "content", "times"};
  journal.failure = "why";
  journal.origin = "2026-11-22T09:00:00Z";
  journal.condemned = "2026-11-22T09:00:00Z";
  journal.ours = true;
  journal.seal_sent = true;
  journal.parks = 2;
  journal.again = 5;
  journal.moved_on = true;
  const auto read = parse_journal(to_text(journal));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(to_text(*read), to_text(journal));
  EXPECT_EQ(read->phase, Phase::kReplacing);
  EXPECT_EQ(read->method, MigrationMethod::kLoad);
  EXPECT_EQ(read->digest, journal.digest);
}

TEST(MigrationJournalTest, WhatIsNotUnderstoodIsAnErrorNeverAGuess) {
  const json whole = json::parse(to_text(journal_at(Phase::kSaved)));
  for (const auto& [key, value] :
       std::vector<std::pair<const char*, json>>{{"format", 3},
                                                 {"phase", "later"},
                                                 {"method", "by hand"},
                                                 {"from", 1},
                                                 {"stream", ""},
                                                 {"changed", "x"},
                                                 {"backup_bytes", "many"}}) {
    json damaged = whole;
    damaged[key] = value;
    EXPECT_FALSE(parse_journal(damaged.dump())) << key;
  }
  for (const char* key : {"format", "phase", "method", "from", "to", "stream", "changed"}) {
    json damaged = whole;
    damaged.erase(key);
    EXPECT_FALSE(parse_journal(damaged.dump())) << key;
  }
  EXPECT_FALSE(parse_journal(""));
  EXPECT_FALSE(parse_journal("{\"format\": 1"));
}

struct Case {
  Phase phase;
  StreamSeen seen;
  Step step;
};

TEST(MigrationJournalTest, GoesOnFromWhateverIsThere) {
  using enum StreamSeen;
  for (const Case& one : std::vector<Case>{{Phase::kBegun, kOpen, Step::kPark},
                                           {Phase::kBegun, kParked, Step::kSave},
                                           {Phase::kSaved, kParked, Step::kProve},
                                           {Phase::kSaved, kOpen, Step::kPark},
                                           {Phase::kProved, kParked, Step::kSeal},
                                           {Phase::kSealing, kParked, Step::kSeal},
                                           {Phase::kSealing, kOpen, Step::kPark},
                                           {Phase::kSealing, kSealed, Step::kCompare},
                                           {Phase::kSealed, kSealed, Step::kSave},
                                           {Phase::kSealedSaved, kSealed, Step::kProve},
                                           {Phase::kReplacing, kSealed, Step::kReplace},
                                           {Phase::kReplacing, kOpen, Step::kReplace},
                                           {Phase::kProved, kOpen, Step::kPark},
                                           {Phase::kReplacing, kAbsent, Step::kReplace},
                                           {Phase::kReplacing, kParked, Step::kReplace},
                                           {Phase::kReplaced, kParked, Step::kOpen},
                                           {Phase::kReplaced, kOpen, Step::kOpen},
                                           {Phase::kReturning, kAbsent, Step::kReturn},
                                           {Phase::kReturning, kParked, Step::kReturn},
                                           {Phase::kReturned, kParked, Step::kReopen},
                                           {Phase::kLeaving, kParked, Step::kReopen}})
    EXPECT_EQ(next_step(journal_at(one.phase), one.seen), one.step) << to_text(one.phase);
}

TEST(MigrationJournalTest, NothingIsReplacedBeforeItIsSealedAndCompared) {
  for (const Phase phase : {Phase::kBegun, Phase::kSaved, Phase::kProved, Phase::kSealing,
                            Phase::kSealed, Phase::kSealedSaved, Phase::kLeaving})
    for (const StreamSeen seen : {StreamSeen::kParked, StreamSeen::kOpen, StreamSeen::kSealed}) {
      const Step step = next_step(journal_at(phase), seen);
      EXPECT_TRUE(step != Step::kReplace && step != Step::kReturn) << to_text(phase);
    }
}

TEST(MigrationJournalTest, WhatSomebodyElseSealedIsNotMigrated) {
  for (const Phase phase : {Phase::kBegun, Phase::kSaved, Phase::kProved})
    EXPECT_EQ(next_step(journal_at(phase), StreamSeen::kSealed), Step::kRefuse) << to_text(phase);
  EXPECT_EQ(next_step(journal_at(Phase::kLeaving), StreamSeen::kSealed), Step::kReopen);
}

/// Its answer was lost, and the server carries it out whatever has become of the phase meanwhile.
TEST(MigrationJournalTest, WhatWeSealedIsOursHoweverLateTheSealComes) {
  for (const char* failure : {"", "it was cancelled"})
    for (const Phase phase : {Phase::kBegun, Phase::kSaved, Phase::kProved, Phase::kLeaving}) {
      MigrationJournal journal = journal_at(phase);
      journal.failure = failure;
      journal.seal_sent = true;
      EXPECT_EQ(next_step(journal, StreamSeen::kSealed), Step::kSaveLate) << to_text(phase);
      EXPECT_NE(next_step(journal, StreamSeen::kParked), Step::kSaveLate) << to_text(phase);
    }
}

TEST(MigrationJournalTest, WhileASealMayStillComeTheOldOneIsNotOpened) {
  MigrationJournal journal = journal_at(Phase::kSealing);
  journal.seal_sent = true;
  journal.failure = "it was cancelled";
  EXPECT_EQ(next_step(journal, StreamSeen::kParked), Step::kSeal);
  EXPECT_EQ(next_step(journal, StreamSeen::kOpen), Step::kSeal);
  EXPECT_EQ(next_step(journal, StreamSeen::kSealed), Step::kCompare);
}

TEST(MigrationJournalTest, AJournalWithoutTheFlagSaysByItsPhaseThatASealMayHaveBeenSent) {
  for (const Phase phase : {Phase::kProved, Phase::kSealing}) {
    json old = json::parse(to_text(journal_at(phase)));
    old.erase("seal_sent");
    const auto read = parse_journal(old.dump());
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->seal_sent, phase == Phase::kSealing);
  }
}

TEST(MigrationJournalTest, AfterTheSealItGoesForwardOrBackByDeletionNeverOpenAgain) {
  for (const char* failure : {"", "it was cancelled"})
    for (const Phase phase : {Phase::kSealing, Phase::kSealed, Phase::kSealedSaved}) {
      MigrationJournal journal = journal_at(phase);
      journal.failure = failure;
      const Step step = next_step(journal, StreamSeen::kSealed);
      EXPECT_TRUE(step == Step::kCompare || step == Step::kSave || step == Step::kProve);
    }
  MigrationJournal unsealed = journal_at(Phase::kSealing);
  unsealed.failure = "nats-server refuses to seal it";
  EXPECT_EQ(next_step(unsealed, StreamSeen::kParked), Step::kLeave);
  EXPECT_EQ(next_step(unsealed, StreamSeen::kOpen), Step::kLeave);
}

TEST(MigrationJournalTest, WhatMayBeHalfMadeIsSealedWhateverItsSubjectsAre) {
  MigrationJournal journal = journal_at(Phase::kSealing);
  journal.ours = true;
  for (const char* failure : {"", "why"}) {
    journal.failure = failure;
    EXPECT_EQ(next_step(journal, StreamSeen::kParked), Step::kSeal);
    EXPECT_EQ(next_step(journal, StreamSeen::kOpen), Step::kSeal);
    EXPECT_EQ(next_step(journal, StreamSeen::kAbsent),
              journal.failure.empty() ? Step::kReplace : Step::kReturn);
  }
}

TEST(MigrationJournalTest, AJournalOfBeforeStreamsWereSealedIsRead) {
  json old = json::parse(to_text(journal_at(Phase::kReplacing)));
  old["format"] = 1;
  for (const char* key : {"origin", "condemned", "ours", "parks", "again", "moved_on"})
    old.erase(key);
  const auto read = parse_journal(old.dump());
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->format, 1);
  EXPECT_TRUE(read->condemned.empty());
}

TEST(MigrationJournalTest, AStreamOnFileThatIsAbsentBeforeItWasReplacedIsNotTouched) {
  for (const Phase phase :
       {Phase::kBegun, Phase::kSaved, Phase::kProved, Phase::kSealing, Phase::kSealed,
        Phase::kSealedSaved, Phase::kReplaced, Phase::kReturned, Phase::kLeaving})
    EXPECT_EQ(next_step(journal_at(phase), StreamSeen::kAbsent), Step::kHandsOff) << to_text(phase);
}

TEST(MigrationJournalTest, AStreamInMemoryIsPutInPlaceAgainAfterItsServerEnded) {
  EXPECT_EQ(next_step(journal_at(Phase::kReplaced, "file", "memory"), StreamSeen::kAbsent),
            Step::kReplace);
  EXPECT_EQ(next_step(journal_at(Phase::kReturned, "memory", "file"), StreamSeen::kAbsent),
            Step::kReturn);
  for (const auto& [phase, step] :
       {std::pair{Phase::kBegun, Step::kProve}, std::pair{Phase::kSaved, Step::kProve},
        std::pair{Phase::kProved, Step::kReplace}}) {
    MigrationJournal saved = journal_at(phase, "memory", "file");
    saved.backup_bytes = 1;
    EXPECT_EQ(next_step(saved, StreamSeen::kAbsent), step) << to_text(phase);
  }
  EXPECT_EQ(next_step(journal_at(Phase::kBegun, "memory", "file"), StreamSeen::kAbsent),
            Step::kGone);
}

TEST(MigrationJournalTest, OnlyWhileItIsReplacedMayTheFolderBeHalfThere) {
  for (const Phase phase :
       {Phase::kBegun, Phase::kSaved, Phase::kProved, Phase::kSealing, Phase::kSealed,
        Phase::kSealedSaved, Phase::kReplaced, Phase::kReturned, Phase::kLeaving})
    EXPECT_FALSE(may_be_half_there(journal_at(phase)));
  EXPECT_TRUE(may_be_half_there(journal_at(Phase::kReplacing)));
  EXPECT_TRUE(may_be_half_there(journal_at(Phase::kReturning)));
}

}  // namespace
}  // namespace unified::jetstream
