#include "app/migration_files.h"

#include <filesystem>
#include <fstream>
#include <set>

#include <gtest/gtest.h>

#include "app/pending_migrations.h"

namespace unified::app {
namespace {

namespace fs = std::filesystem;
using jetstream::MigrationJournal;
using jetstream::MigrationPhase;

class MigrationFilesTest : public testing::Test {
 protected:
  MigrationFilesTest() {
    std::string pattern = (fs::temp_directory_path() / "migration-XXXXXX").string();
    store = ::mkdtemp(pattern.data());
    journal.stream = "X";
    journal.begun = "2026-11-22T12:00:00Z";
    journal.from = {{"name", "X"}};
    journal.to = {{"name", "X"}};
  }
  ~MigrationFilesTest() override { fs::remove_all(store); }
  MigrationFilesTest(const MigrationFilesTest&) = delete;
  MigrationFilesTest(MigrationFilesTest&&) = delete;
  MigrationFilesTest& operator=(const MigrationFilesTest&) = delete;
  MigrationFilesTest& operator=(MigrationFilesTest&&) = delete;

  void save(const std::string& data, bool is_recorded = true) {
    const auto saved =
        files().save([&](const MigrationFiles::Sink& sink) -> Result<nlohmann::json> {
          for (std::size_t at = 0; at < data.size(); at += 1000)
            if (auto taken = sink(std::string_view{data}.substr(at, 1000)); !taken)
              return taken.error();
          return nlohmann::json{{"config", 1},
                                {"unified_nats",
                                 {{"state", {{"messages", data.size()}}},
                                  {"origin", "2026-11-22T11:00:00Z"},
                                  {"consumers", nlohmann::json::array()}}}};
        });
    ASSERT_TRUE(saved) << saved.error().message;
    if (!is_recorded)
      return;
    journal.backup_bytes = saved->bytes;
    journal.backup_sum = saved->sum;
  }
  [[nodiscard]] MigrationFiles files() const { return {store, "X"}; }
  /// What load() gives out, and whether it said that it is whole.
  std::pair<std::string, bool> loaded() {
    std::string data;
    const auto done = files().load(journal, [&](std::string_view piece) -> Result<void> {
      data += piece;
      return {};
    });
    return {data, done.ok()};
  }
  void make_stream_folder() const { fs::create_directories(stream_folder()); }
  [[nodiscard]] std::string stream_folder() const { return store + "/jetstream/$G/streams/X"; }

  std::string store;
  MigrationJournal journal;
};

TEST_F(MigrationFilesTest, WhatWasSavedIsGivenOutAgain) {
  ASSERT_TRUE(files().write(journal));
  std::string data(300'001, 'x');
  data[200'000] = 'y';
  save(data);
  EXPECT_EQ(loaded(), std::pair(data, true));
  EXPECT_TRUE(fs::exists(files().folder() + "/backup.json"));
}

TEST_F(MigrationFilesTest, ADamagedBackupIsNeverGivenOutWhole) {
  ASSERT_TRUE(files().write(journal));
  const std::string data(200'000, 'x');
  save(data);
  const std::string path = files().folder() + "/stream.tar.s2";
  {
    std::fstream file{path, std::ios::in | std::ios::out | std::ios::binary};
    file.seekp(100);
    file.put('y');
  }
  EXPECT_FALSE(loaded().second);
  EXPECT_LT(loaded().first.size(), data.size());
  save(data);
  fs::resize_file(path, 150'000);
  EXPECT_FALSE(loaded().second);
  fs::remove(path);
  EXPECT_FALSE(loaded().second);
}

/// Killed between the backup and the journal: the backup says itself what it is.
TEST_F(MigrationFilesTest, AWholeBackupIsFoundThatTheJournalDoesNotTellOf) {
  ASSERT_TRUE(files().write(journal));
  save("old");
  const auto known = files().find_unrecorded(journal);
  ASSERT_TRUE(known);
  EXPECT_FALSE(*known);
  const std::string data = files().folder() + "/stream.tar.s2";
  for (const bool has_its_name : {true, false}) {
    fs::copy_file(data, data + ".before", fs::copy_options::overwrite_existing);
    const std::string newer(has_its_name ? 150'000 : 250'000, 'n');
    save(newer, false);
    if (!has_its_name) {  // killed before the data got its name
      fs::rename(data, data + ".part");
      fs::rename(data + ".before", data);
    }
    const auto found = files().find_unrecorded(journal);
    ASSERT_TRUE(found && *found) << has_its_name;
    EXPECT_EQ((*found)->state["messages"], newer.size());
    EXPECT_EQ((*found)->origin, "2026-11-22T11:00:00Z");
    journal = **found;
    EXPECT_EQ(loaded(), std::pair(newer, true));
  }
}

TEST_F(MigrationFilesTest, ABackupThatIsNotWholeIsNotFound) {
  ASSERT_TRUE(files().write(journal));
  save("newer", false);
  const std::string data = files().folder() + "/stream.tar.s2";
  fs::rename(data, data + ".part");
  fs::resize_file(data + ".part", 3);
  const auto found = files().find_unrecorded(journal);
  ASSERT_TRUE(found);
  EXPECT_FALSE(*found);
  std::ofstream{files().folder() + "/backup.json"} << R"({"unified_nats":{"sum":1}})";
  EXPECT_FALSE(*files().find_unrecorded(journal));
}

TEST_F(MigrationFilesTest, AMigrationIsPendingUntilItIsForgotten) {
  EXPECT_TRUE(pending_migrations(store)->empty());
  ASSERT_TRUE(files().prepare());
  ASSERT_TRUE(files().write(journal));
  EXPECT_FALSE(files().prepare());  // it is not over
  const auto found = pending_migrations(store);
  ASSERT_TRUE(found);
  const auto& pending = *found;
  ASSERT_EQ(pending.size(), 1U);
  EXPECT_EQ(pending[0].stream, "X");
  EXPECT_TRUE(pending[0].journal);
  save("data");
  EXPECT_TRUE(kept_backups(store).empty());
  const auto kept = files().forget(journal, true);
  ASSERT_TRUE(kept);
  EXPECT_EQ(*kept, files().folder() + "-2026-11-22-1");
  EXPECT_TRUE(fs::exists(*kept + "/stream.tar.s2"));
  EXPECT_TRUE(pending_migrations(store)->empty());
  EXPECT_EQ(kept_backups(store), std::set<std::string>{"X"});
  ASSERT_TRUE(files().prepare());
  ASSERT_TRUE(files().write(journal));
  ASSERT_TRUE(files().forget(journal, false));
  EXPECT_FALSE(fs::exists(files().folder()));
  EXPECT_TRUE(files().forget(journal, false));  // it never came to the disk
}

/// As a crash at the end of a migration leaves it.
TEST_F(MigrationFilesTest, ABackupWithoutAJournalOutlivesTheNextMigration) {
  ASSERT_TRUE(files().write(journal));
  save("data");
  fs::remove(files().folder() + "/journal.json");
  ASSERT_TRUE(files().withdraw());  // the next one did not even come to its journal
  EXPECT_TRUE(fs::exists(files().folder() + "/stream.tar.s2"));
  ASSERT_TRUE(files().prepare());
  EXPECT_FALSE(fs::exists(files().folder()));
  EXPECT_EQ(kept_backups(store), std::set<std::string>{"X"});
  ASSERT_TRUE(files().write(journal));
  ASSERT_TRUE(files().withdraw());
  EXPECT_FALSE(fs::exists(files().folder()));
}

TEST_F(MigrationFilesTest, AStartGivesWhatWasLeftANameOfItsOwnAndTellsIt) {
  for (const char* only : {"backup.json", "stream.tar.s2", "half-made-1/meta.inf"}) {
    const fs::path left = fs::path{files().folder()} / only;
    fs::create_directories(left.parent_path());
    std::ofstream{left} << "{}";
    const auto lines = put_leftovers_aside(store);
    ASSERT_EQ(lines.size(), 1U) << only;
    EXPECT_NE(lines[0].find("stream X has ended"), std::string::npos) << lines[0];
    const std::size_t path = lines[0].find(files().folder() + "-20");
    ASSERT_NE(path, std::string::npos) << lines[0];
    const std::string aside = lines[0].substr(path, lines[0].find(": remove") - path);
    EXPECT_TRUE(fs::exists(fs::path{aside} / only)) << lines[0];
    EXPECT_TRUE(put_leftovers_aside(store).empty());
  }
  ASSERT_TRUE(files().write(journal));
  EXPECT_TRUE(put_leftovers_aside(store).empty());
  EXPECT_TRUE(fs::exists(files().folder()));
}

TEST_F(MigrationFilesTest, AFolderThatCanNotBeLookedIntoBeginsNothing) {
  fs::create_directories(store + "/unified-migration");
  fs::create_symlink("stream-X", files().folder());  // to itself
  const auto prepared = files().prepare();
  ASSERT_FALSE(prepared);
  EXPECT_NE(prepared.error().message.find("cannot look into"), std::string::npos);
}

TEST_F(MigrationFilesTest, AKeptBackupIsOfTheStreamWhoseNameItHas) {
  for (const char* name : {"stream-A-B-2026-11-22-1", "stream-A-2026-11-22-12", "stream-C", "D"}) {
    const fs::path folder = fs::path{store} / "unified-migration" / name;
    fs::create_directories(folder);
    std::ofstream{folder / "backup.json"} << "{}";
  }
  EXPECT_EQ(kept_backups(store), (std::set<std::string>{"A", "A-B", "C"}));
}

TEST_F(MigrationFilesTest, AJournalThatIsNotUnderstoodIsPendingAndNothingIsMovedForIt) {
  ASSERT_TRUE(files().write(journal));
  std::ofstream{files().folder() + "/journal.json"} << "{";
  make_stream_folder();
  const auto found = pending_migrations(store);
  ASSERT_TRUE(found);
  const auto& pending = *found;
  ASSERT_EQ(pending.size(), 1U);
  EXPECT_FALSE(pending[0].journal);
  const auto cleared = clear_the_way(store);
  ASSERT_TRUE(cleared);
  EXPECT_TRUE(cleared->empty());
  EXPECT_TRUE(fs::exists(stream_folder()));
}

TEST_F(MigrationFilesTest, AJournalOfAnotherStreamIsNotObeyed) {
  journal.stream = "Y";
  ASSERT_TRUE(files().write(journal));
  const auto found = pending_migrations(store);
  ASSERT_TRUE(found);
  const auto& pending = *found;
  ASSERT_EQ(pending.size(), 1U);
  EXPECT_FALSE(pending[0].journal);
}

TEST_F(MigrationFilesTest, OnlyWhatMayBeHalfThereIsMovedAsideAndKept) {
  make_stream_folder();
  journal.phase = MigrationPhase::kReplaced;
  ASSERT_TRUE(files().write(journal));
  ASSERT_TRUE(clear_the_way(store));
  EXPECT_TRUE(fs::exists(stream_folder()));
  journal.phase = MigrationPhase::kReplacing;
  ASSERT_TRUE(files().write(journal));
  for (const char* aside : {"/half-made-1", "/half-made-2"}) {
    make_stream_folder();
    const auto cleared = clear_the_way(store);
    ASSERT_TRUE(cleared);
    EXPECT_EQ(cleared->size(), 1U);
    EXPECT_FALSE(fs::exists(stream_folder()));
    EXPECT_TRUE(fs::exists(files().folder() + aside));
  }
}

TEST_F(MigrationFilesTest, AStreamThatSomebodyElseMadeIsNeverMovedAside) {
  journal.phase = MigrationPhase::kReplacing;
  ASSERT_TRUE(files().write(journal));
  make_stream_folder();
  std::ofstream{stream_folder() + "/meta.inf"} << R"({"name":"X","subjects":["x.>"]})";
  const auto cleared = clear_the_way(store);
  ASSERT_TRUE(cleared);
  EXPECT_EQ(cleared->size(), 1U);
  EXPECT_TRUE(fs::exists(stream_folder()));
  std::ofstream{stream_folder() + "/meta.inf"}
      << R"({"name":"X","subjects":["unified-migrating.X"]})";
  ASSERT_TRUE(clear_the_way(store));
  EXPECT_FALSE(fs::exists(stream_folder()));
}

TEST_F(MigrationFilesTest, OfWhatIsSealedOnlyTheOneThatWasComparedIsMovedAside) {
  journal.phase = MigrationPhase::kReplacing;
  journal.condemned = "2026-11-22T11:00:00.5Z";
  ASSERT_TRUE(files().write(journal));
  make_stream_folder();
  for (const char* created : {"2026-11-22T11:00:00.6Z", "2026-11-22T11:00:00.5Z"}) {
    std::ofstream{stream_folder() + "/meta.inf"}
        << R"({"name":"X","subjects":["x.>"],"sealed":true,"Created":")" << created << "\"}";
    const auto cleared = clear_the_way(store);
    ASSERT_TRUE(cleared);
    EXPECT_EQ(cleared->size(), 1U);
    EXPECT_EQ(fs::exists(stream_folder()), created != journal.condemned);
  }
  files().remove_half_made();
  EXPECT_FALSE(fs::exists(files().folder() + "/half-made-1"));
}

/// Of the release before streams were sealed: the original may still be there, with more in it.
TEST_F(MigrationFilesTest, WhatAnOlderJournalIsAboutIsLoadedAndCompared) {
  journal.phase = MigrationPhase::kReplacing;
  journal.format = 1;
  ASSERT_TRUE(files().write(journal));
  make_stream_folder();
  std::ofstream{stream_folder() + "/meta.inf"}
      << R"({"name":"X","subjects":["unified-migrating.X"]})";
  ASSERT_TRUE(clear_the_way(store));
  EXPECT_TRUE(fs::exists(stream_folder()));
  fs::remove(stream_folder() + "/meta.inf");  // nobody loads that
  ASSERT_TRUE(clear_the_way(store));
  EXPECT_FALSE(fs::exists(stream_folder()));
}

TEST_F(MigrationFilesTest, WhatMayBeTheOnlyCopyOutlivesTheMigration) {
  journal.phase = MigrationPhase::kReplacing;
  ASSERT_TRUE(files().write(journal));
  make_stream_folder();
  std::ofstream{stream_folder() + "/meta.inf"} << "not readable";
  ASSERT_TRUE(clear_the_way(store));
  make_stream_folder();  // nats-server loads nothing without a meta.inf
  ASSERT_TRUE(clear_the_way(store));
  files().remove_half_made();
  EXPECT_TRUE(fs::exists(files().folder() + "/half-made-1"));
  EXPECT_FALSE(fs::exists(files().folder() + "/half-made-2"));
  const auto kept = files().forget(journal, false);
  ASSERT_TRUE(kept);
  EXPECT_TRUE(fs::exists(*kept + "/half-made-1/meta.inf"));
}

TEST_F(MigrationFilesTest, AFolderThatCanNotBeLookedIntoStopsTheStart) {
  std::ofstream{store + "/unified-migration"} << "no folder";
  EXPECT_FALSE(pending_migrations(store));
  EXPECT_FALSE(clear_the_way(store));
}

TEST_F(MigrationFilesTest, ASaveThatFailsLeavesItsRoomToTheJournal) {
  ASSERT_TRUE(files().write(journal));
  const auto saved = files().save([](const MigrationFiles::Sink& sink) -> Result<nlohmann::json> {
    (void)sink(std::string(200'000, 'x'));
    return Error{"no"};
  });
  EXPECT_FALSE(saved);
  for (const auto& entry : fs::directory_iterator{files().folder()})
    EXPECT_EQ(entry.path().filename(), "journal.json");
}

/// With JetStream off there is no store, and a folder of the working directory is not ours.
TEST_F(MigrationFilesTest, WithoutAStoreNothingOfTheWorkingDirectoryIsTouched) {
  journal.phase = MigrationPhase::kReplacing;
  ASSERT_TRUE(files().write(journal));
  make_stream_folder();
  const fs::path before = fs::current_path();
  fs::current_path(store);

  const auto begun = begun_migrations("");
  const auto pending = pending_migrations("");
  const auto cleared = clear_the_way("");
  const auto aside = put_leftovers_aside("");
  const auto backups = kept_backups("");

  fs::current_path(before);
  ASSERT_TRUE(begun) << begun.error().message;
  EXPECT_TRUE(begun->empty());
  ASSERT_TRUE(pending) << pending.error().message;
  EXPECT_TRUE(pending->empty());
  ASSERT_TRUE(cleared) << cleared.error().message;
  EXPECT_TRUE(cleared->empty());
  EXPECT_TRUE(aside.empty());
  EXPECT_TRUE(backups.empty());
  EXPECT_TRUE(fs::exists(stream_folder()));
}

}  // namespace
}  // namespace unified::app
