// Somebody else changes the stream while `migrate` moves it: nothing that was acknowledged is lost.
#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "sidecar_beside.h"
#include "support/bare_server.h"
#include "support/entrypoint.h"
#include "support/migrate_test.h"
#include "support/wait_until.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

class MigrateRaceTest : public MigrateTest {
 protected:
  /// $UNIFIED_MIGRATE_WINDOW_MS: how long the window is.
  static std::string window() {
    return std::to_string(number_from("UNIFIED_MIGRATE_WINDOW_MS", 2000));
  }

  /// A full stream, and a manifest that only `migrate` can bring about.
  void fill(const std::string& from, const std::string& to, const Environment& more) {
    (void)declare_stream(*directory_, from, kFewConsumers);
    ASSERT_TRUE(start(more).wait_ready(20s)) << broker_->output();
    NatsClient client = broker_->client();
    fill_stream(client, kMessages);
    for (const StoredMessage& message : client.stored("S"))
      ledger_[message.sequence] = message.payload;
    before_ = content_of(client, true);
    (void)declare_stream(*directory_, to, from == to ? kManyConsumers : kFewConsumers);
    EXPECT_EQ(broker_->command({"reload"}).status, 1);
  }

  /// One that keeps the stream on file at its end, so that another server can read it: where
  /// max_consumers is not immutable it comes out of memory.
  void fill_for_file(const Environment& more = {}) {
    fill(to_memory() ? "memory" : "file", "file", more);
  }

  /// One that finds the stream on file, so that it outlives its server.
  void fill_on_file(const Environment& more = {}) {
    fill("file", to_memory() ? "memory" : "file", more);
  }

  void begin() {
    command_ =
        std::make_unique<Process>(ProcessOptions{.command = {entrypoint(), "migrate", "S", "--yes"},
                                                 .environment = broker_->environment(),
                                                 .directory = directory_->path()});
  }

  /// The broker's environment when a request with this text is to be late, the one after `before`
  /// others.
  [[nodiscard]] Environment late(const std::string& text, int before) const {
    return {{"LD_PRELOAD", test_program("late_send.so")},
            {"ASAN_OPTIONS", "verify_asan_link_order=0"},
            {"LATE_SEND_TEXT", text},
            {"LATE_SEND_AFTER", std::to_string(before)},
            {"LATE_SEND_MS", window()},
            {"LATE_SEND_FILE", *directory_ / "window"}};
  }
  [[nodiscard]] bool window_is_open() const {
    return std::filesystem::exists(*directory_ / "window");
  }

  /// Gives the stream its subjects, as a client does that wants its stream to be so, and publishes
  /// until `stop`; what was acknowledged is in the ledger.
  void disturb(const std::atomic<bool>& stop) {
    (void)wait_until(patience(), [&] { return window_is_open() || stop; });
    NatsClient client = broker_->client();
    for (int number = 0; !stop; ++number) {
      json info = client.api("STREAM.INFO.S");
      if (info.contains("config") && info["config"]["subjects"] != json::array({"s.>"})) {
        info["config"]["subjects"] = {"s.>"};
        (void)client.api("STREAM.UPDATE.S", info["config"]);
      }
      const std::string payload = "disturbed " + std::to_string(number);
      if (const auto ack = client.publish("s.1", payload)) {
        ledger_[ack->sequence] = payload;
        ++acknowledged_;
      }
    }
  }

  /// Everything of the ledger, read by a server without us.
  void expect_all_on_disk() {
    EXPECT_EQ(broker_->stop(), 0) << broker_->output();
    broker_.reset();
    BareServer bare({.server = server(), .config = {}, .directory = directory_});
    NatsClient client = client_of(bare);
    expect_all_at(client);
  }

  void expect_all_at(NatsClient& client) {
    std::map<std::uint64_t, std::string> there;
    for (const StoredMessage& message : client.stored("S"))
      there[message.sequence] = message.payload;
    std::size_t lost = 0;
    for (const auto& [sequence, payload] : ledger_)
      if (!there.contains(sequence) || there[sequence] != payload)
        ++lost;
    EXPECT_EQ(lost, 0U) << "of " << ledger_.size();
    EXPECT_EQ(there.size(), ledger_.size());
    const json config = client.api_ok("STREAM.INFO.S")["config"];
    EXPECT_EQ(config["subjects"], json::array({"s.>"}));
    EXPECT_NE(config.value("sealed", false), true);
    RecordProperty("acknowledged", std::to_string(acknowledged_));
  }

  /// One migration with the window before a request of this text.
  void migrate_disturbed(const std::string& text, int before = 0) {
    fill_for_file(late(text, before));
    std::atomic<bool> stop = false;
    std::thread other{[&] { disturb(stop); }};
    const Finished moved = broker_->command({"migrate", "S", "--yes"}, patience());
    const bool ready = broker_->wait_ready(10s);
    stop = true;
    other.join();
    EXPECT_TRUE(window_is_open()) << "nothing was late";
    EXPECT_EQ(moved.status, 0) << moved.output << broker_->output();
    EXPECT_TRUE(ready) << broker_->output();
    expect_all_on_disk();
  }

  /// A cancel in the window before a request of this text, when it is too late to leave it alone.
  void cancel_sealed(const std::string& text) {
    fill_on_file(late(text, 0));
    begin();
    ASSERT_TRUE(wait_until(patience(), [&] { return window_is_open(); })) << broker_->output();
    const Finished cancelled = broker_->command({"migrate", "S", "--cancel"}, patience());
    EXPECT_EQ(cancelled.status, 0) << cancelled.output << broker_->output();
    EXPECT_NE(cancelled.output.find("was deleted and restored from the proved backup"),
              std::string::npos)
        << cancelled.output;
    EXPECT_EQ(command_->wait(patience()), 1) << command_->output();
    ASSERT_TRUE(broker_->wait_ready(10s)) << broker_->output();
    EXPECT_EQ(now(true), before_);
    EXPECT_EQ(config()["storage"], "file");
    EXPECT_EQ(config()["max_consumers"], kFewConsumers);
    EXPECT_NE(config().value("sealed", false), true);
    EXPECT_TRUE(leaves_nothing());
  }

  /// Everything ends in the window before a request of this text.
  void die_in_window(const std::string& text) {
    fill_on_file(late(text, 0));
    begin();
    ASSERT_TRUE(wait_until(patience(), [&] { return window_is_open(); })) << broker_->output();
    broker_->kill_all();
  }

  /// What the life before has begun comes to its end.
  void expect_it_goes_on() {
    ASSERT_TRUE(start().wait_ready(patience())) << broker_->output();
    NatsClient client = broker_->client();
    expect_all_at(client);
    EXPECT_EQ(config()["storage"], to_memory() ? "memory" : "file");
    EXPECT_EQ(config()["max_consumers"], to_memory() ? kFewConsumers : kManyConsumers);
  }

  /// As a client without us around the server: the stream gets its subjects, and messages.
  void publish_into_store(int messages) {
    BareServer bare({.server = server(), .config = {}, .directory = directory_});
    NatsClient client = client_of(bare);
    json config = client.api_ok("STREAM.INFO.S")["config"];
    config["subjects"] = {"s.>"};
    (void)client.api_ok("STREAM.UPDATE.S", config);
    for (int number = 0; number < messages; ++number) {
      const std::string payload = "meanwhile " + std::to_string(number);
      if (const auto ack = client.publish("s.2", payload))
        ledger_[ack->sequence] = payload;
    }
    bare.process().send(SIGTERM);
    (void)bare.process().wait(10s);
  }

  /// What the request does that was sent when everything ended, as if it had been carried out late.
  void seal_in_store() {
    BareServer bare({.server = server(), .config = {}, .directory = directory_});
    NatsClient client = client_of(bare);
    json config = client.api_ok("STREAM.INFO.S")["config"];
    config["subjects"] = {"unified-migrating.S"};
    config["sealed"] = true;
    (void)client.api_ok("STREAM.UPDATE.S", config);
    bare.process().send(SIGTERM);
    (void)bare.process().wait(10s);
  }

  /// A crash when the request to seal was about to go out, after which the journal has this phase.
  void die_before_a_late_seal(const std::string& phase, const std::string& failure) {
    die_in_window(R"("sealed":true,)");
    publish_into_store(20);
    seal_in_store();
    json changed = journal();
    EXPECT_EQ(changed.value("seal_sent", false), true);
    changed["phase"] = phase;
    changed["failure"] = failure;
    (void)directory_->write(kJournal, changed.dump());
  }

  [[nodiscard]] json journal() const {
    std::ifstream file{*directory_ / kJournal};
    return json::parse(file);
  }

  static constexpr const char* kJournal = "store/unified-migration/stream-S/journal.json";
  static constexpr std::size_t kMessages = 200;
  std::map<std::uint64_t, std::string> ledger_;  ///< acknowledged: payloads by sequence
  std::size_t acknowledged_ = 0;                 ///< by those who disturb
  StreamContent before_;
  std::unique_ptr<Process> command_;
};

TEST_P(MigrateRaceTest, NothingIsStoredBetweenTheLastLookAndTheDeletion) {
  migrate_disturbed("STREAM.DELETE.S");
}

TEST_P(MigrateRaceTest, WhatIsStoredBeforeTheSealIsSavedOnceMore) {
  migrate_disturbed(R"("sealed":true,)");
}

TEST_P(MigrateRaceTest, WhatIsStoredInTheNewOneBeforeItIsComparedStays) {
  constexpr int kReadingsBefore = 2;  // of the backup, and of the old one
  migrate_disturbed("CONSUMER.CREATE.S.unified-migrating", kReadingsBefore);
}

TEST_P(MigrateRaceTest, WhatIsStoredInTheNewOneBeforeItGetsItsSubjectsStays) {
  constexpr int kUpdatesBefore = 2;  // it was parked, and sealed
  migrate_disturbed("STREAM.UPDATE.S", kUpdatesBefore);
}

TEST_P(MigrateRaceTest, ACancelBeforeTheSealGivesTheSubjectsBack) {
  fill_on_file(late(R"("subjects":["unified-migrating.S"])", 0));
  begin();
  ASSERT_TRUE(wait_until(patience(), [&] { return window_is_open(); }));
  const Finished cancelled = broker_->command({"migrate", "S", "--cancel"}, patience());
  EXPECT_EQ(cancelled.status, 0) << cancelled.output << broker_->output();
  EXPECT_EQ(command_->wait(patience()), 1) << command_->output();
  EXPECT_NE(command_->output().find("is as it was: it was cancelled"), std::string::npos)
      << command_->output();
  ASSERT_TRUE(broker_->wait_ready(10s)) << broker_->output();
  EXPECT_EQ(broker_->output().find("S: sealing"), std::string::npos) << broker_->output();
  EXPECT_EQ(now(true), before_);
  EXPECT_TRUE(leaves_nothing());
  const Finished nothing = broker_->command({"migrate", "S", "--cancel"}, patience());
  EXPECT_EQ(nothing.status, 1) << nothing.output;
}

/// A kill while nats-server writes it must not cost the stream.
TEST_P(MigrateRaceTest, TheConfigurationOfBeforeLiesInTheStoreUntilAChangeIsAnswered) {
  const std::filesystem::path copy = *directory_ / "store/unified-meta/changing/$G/streams/S";
  fill_on_file(late(R"("subjects":["unified-migrating.S"])", 0));
  begin();
  ASSERT_TRUE(wait_until(patience(), [&] { return window_is_open(); })) << command_->output();
  EXPECT_TRUE(std::filesystem::exists(copy / "meta.inf"));
  EXPECT_TRUE(std::filesystem::exists(copy / "meta.sum"));
  EXPECT_EQ(command_->wait(patience()), 0) << command_->output() << broker_->output();
  EXPECT_FALSE(std::filesystem::exists(copy));
}

TEST_P(MigrateRaceTest, ACancelAtTheSealBringsTheOldOneBackFromTheBackup) {
  cancel_sealed(R"("sealed":true,)");
}

TEST_P(MigrateRaceTest, ACancelAtTheDeletionBringsTheOldOneBackFromTheBackup) {
  cancel_sealed("STREAM.DELETE.S");
}

TEST_P(MigrateRaceTest, ACrashBetweenTheJournalAndTheSealIsGoneOnFrom) {
  die_in_window(R"("sealed":true,)");
  EXPECT_EQ(journal()["phase"], "sealing");
  publish_into_store(50);
  expect_it_goes_on();
}

/// The stream had got its subjects back meanwhile, so that it was begun again.
TEST_P(MigrateRaceTest, ASealThatIsCarriedOutLateIsKnownToBeOursAndItGoesForward) {
  for (const char* phase : {"begun", "saved"}) {
    directory_ = std::make_shared<TempDir>();
    ledger_.clear();
    die_before_a_late_seal(phase, "");
    expect_it_goes_on();
    EXPECT_EQ(times(broker_->output(), "carried out after its answer had been lost"), 1U)
        << broker_->output();
    broker_.reset();
  }
}

TEST_P(MigrateRaceTest, ASealThatIsCarriedOutLateOnTheWayBackIsUndoneFromTheBackup) {
  die_before_a_late_seal("leaving", "it was cancelled");
  ASSERT_TRUE(start().wait_ready(patience())) << broker_->output();
  NatsClient client = broker_->client();
  expect_all_at(client);
  EXPECT_EQ(config()["storage"], "file");
  EXPECT_EQ(config()["max_consumers"], kFewConsumers);
}

TEST_P(MigrateRaceTest, ACrashBetweenTheSealAndTheDeletionIsGoneOnFrom) {
  die_in_window("STREAM.DELETE.S");
  EXPECT_EQ(journal()["phase"], "replacing");
  publish_into_store(50);  // which it refuses
  expect_it_goes_on();
}

TEST_P(MigrateRaceTest, AManifestThatIsNotInForceYetIsNamed) {
  (void)declare_stream(*directory_, "file", kFewConsumers);
  ASSERT_TRUE(start().wait_ready(20s)) << broker_->output();
  (void)declare_stream(*directory_, to_memory() ? "memory" : "file",
                       to_memory() ? kFewConsumers : kManyConsumers);

  const Finished early = broker_->command({"migrate", "S", "--dry-run"});

  EXPECT_EQ(early.status, 1) << early.output;
  EXPECT_NE(early.output.find("`reload`, which has to come first"), std::string::npos)
      << early.output;
}

TEST_P(MigrateRaceTest, APlanOffersNothingWhileAStreamIsMigrated) {
  fill_on_file(late("STREAM.DELETE.S", 0));
  begin();
  ASSERT_TRUE(wait_until(patience(), [&] { return window_is_open(); })) << broker_->output();
  std::ofstream{*directory_ / "streams.yaml", std::ios::app}
      << "  MORE:\n    subjects: ['more.>']\n";

  const Finished plan = broker_->command({"plan"});

  EXPECT_EQ(plan.status, 2) << plan.output;
  EXPECT_NE(plan.output.find("stream S is being migrated"), std::string::npos) << plan.output;
  EXPECT_EQ(plan.output.find("init --plan"), std::string::npos) << plan.output;
  EXPECT_EQ(command_->wait(patience()), 0) << command_->output() << broker_->output();
  EXPECT_NE(broker_->command({"plan"}).output.find("init --plan"), std::string::npos);
}

/// Nothing but a person can say what becomes of a stream that somebody made in its place.
TEST_P(MigrateRaceTest, WhatItWaitsForIsSaidByTheCommandAndLoggedOnce) {
  die_in_window("STREAM.DELETE.S");
  {
    BareServer bare({.server = server(), .config = {}, .directory = directory_});
    NatsClient client = client_of(bare);
    (void)client.api_ok("STREAM.DELETE.S");
    (void)client.api_ok("STREAM.CREATE.S", {{"name", "S"}, {"subjects", {"s.>"}}});
    ASSERT_TRUE(client.publish("s.1", "of somebody else"));
    bare.process().send(SIGTERM);
    (void)bare.process().wait(10s);
  }
  (void)start();
  ASSERT_TRUE(command_->wait_for_output("waiting: somebody made another stream S", patience()))
      << command_->output() << broker_->output();
  NatsClient client = broker_->client();
  json config = client.api_ok("STREAM.INFO.S")["config"];
  config["subjects"] = {"unified-migrating.S"};
  (void)client.api_ok("STREAM.UPDATE.S", config);
  ASSERT_TRUE(command_->wait_for_output(
      "waiting: the stream S that is there is one that a migration has made", patience()))
      << command_->output() << broker_->output();
  EXPECT_EQ(times(command_->output(), "waiting: "), 2U) << command_->output();
  EXPECT_EQ(times(broker_->output(), "of stream S waits for a person: somebody made another"), 1U)
      << broker_->output();

  (void)client.api_ok("STREAM.DELETE.S");

  EXPECT_EQ(command_->wait(patience()), 0) << command_->output() << broker_->output();
  ASSERT_TRUE(broker_->wait_ready(10s)) << broker_->output();
  expect_all_at(client);
}

/// Its journal says that the stream may be replaced, and it was not compared at its last moment.
TEST_P(MigrateRaceTest, WhatAReleaseWithoutSealsHasBegunToReplaceIsComparedFirst) {
  die_in_window(R"("sealed":true,)");
  json old = journal();
  old["format"] = 1;
  old["phase"] = "replacing";
  for (const char* key : {"origin", "condemned", "ours", "parks", "again", "moved_on"})
    old.erase(key);
  (void)directory_->write(kJournal, old.dump());
  publish_into_store(50);
  expect_it_goes_on();
}

/// Pulls `count` messages of the consumer "worker" and acknowledges them; waits for the answers.
void acknowledge(NatsClient& client, int count) {
  auto inbox = client.connection().open_inbox(nats::InboxKind::kBelow, {});
  ASSERT_TRUE(inbox);
  ASSERT_TRUE(
      client.connection().send("$JS.API.CONSUMER.MSG.NEXT.S.worker", (*inbox)->prefix() + ".pull",
                               json{{"batch", count}, {"expires", 5'000'000'000}}.dump(), {}));
  for (int number = 0; number < count; ++number) {
    const auto message = (*inbox)->next(5s);
    ASSERT_TRUE(message && *message);
    const std::string reply = (*message)->reply;
    ASSERT_TRUE(client.connection().request(reply, "+ACK", 5s));
  }
}

TEST_P(MigrateRaceTest, WhatIsAcknowledgedAfterTheSaveComesAgainAndIsCounted) {
  constexpr int kAcknowledged = 20;
  constexpr std::size_t kQueued = 400;
  (void)declare_stream(*directory_, to_memory() ? "memory" : "file", kFewConsumers, "workqueue");
  ASSERT_TRUE(start(late(R"("sealed":true,)", 0)).wait_ready(20s)) << broker_->output();
  NatsClient client = broker_->client();
  fill_queue(client, kQueued, "workqueue");
  const std::uint64_t before = client.count("S");
  (void)declare_stream(*directory_, "file", to_memory() ? kFewConsumers : kManyConsumers,
                       "workqueue");
  EXPECT_EQ(broker_->command({"reload"}).status, 1);
  begin();
  ASSERT_TRUE(wait_until(patience(), [&] { return window_is_open(); })) << broker_->output();
  acknowledge(client, kAcknowledged);
  EXPECT_EQ(client.count("S"), before - kAcknowledged);
  EXPECT_EQ(command_->wait(patience()), 0) << command_->output() << broker_->output();
  EXPECT_NE(command_->output().find("20 messages acknowledged after the save come again"),
            std::string::npos)
      << command_->output();
  ASSERT_TRUE(broker_->wait_ready(10s)) << broker_->output();
  EXPECT_EQ(client.count("S"), before);
}

/// The sidecar of a release before: whatever it finds, it gives the stream its subjects back.
TEST_P(MigrateRaceTest, GivesUpBesideSomebodyWhoGivesTheSubjectsBackForEver) {
  fill_for_file();
  std::atomic<bool> stop = false;
  std::thread other{[&] {
    NatsClient client = broker_->client();
    while (!stop) {
      json info = client.api("STREAM.INFO.S");
      if (!info.contains("config") || info["config"]["subjects"] == json::array({"s.>"}))
        continue;
      info["config"]["subjects"] = {"s.>"};
      (void)client.api("STREAM.UPDATE.S", info["config"]);
    }
  }};
  const Finished moved = broker_->command({"migrate", "S", "--yes"}, patience());
  const bool ready = broker_->wait_ready(10s);
  stop = true;
  other.join();
  EXPECT_EQ(moved.status, 1) << moved.output << broker_->output();
  EXPECT_NE(moved.output.find("such as a sidecar of an older release"), std::string::npos)
      << moved.output;
  EXPECT_TRUE(ready) << broker_->output();
  EXPECT_FALSE(std::filesystem::exists(*directory_ / "store/unified-migration"));
  EXPECT_EQ(config()["subjects"], json::array({"s.>"}));
}

TEST_P(MigrateRaceTest, ASidecarLeavesAStreamAloneThatIsBeingMigrated) {
  fill_for_file(late("STREAM.DELETE.S", 0));
  Environment same{{"STREAMS_FILE", *directory_ / "streams.yaml"}};
  Broker sidecar(beside(broker_->port(), broker_->monitor_port(), same));
  ASSERT_TRUE(sidecar.wait_ready(20s)) << sidecar.output();
  begin();
  ASSERT_TRUE(wait_until(patience(), [&] { return window_is_open(); })) << broker_->output();
  EXPECT_TRUE(wait_until(1500ms, [&] {
    const auto why = sidecar.get("/readyz");
    return why && why->status == 503 && why->body.find("it is being migrated") != std::string::npos;
  })) << sidecar.output();
  const Finished plan = sidecar.command({"plan"});
  EXPECT_NE(plan.output.find("0 to update"), std::string::npos) << plan.output;
  EXPECT_NE(plan.output.find("S: migrating"), std::string::npos) << plan.output;
  EXPECT_EQ(command_->wait(patience()), 0) << command_->output() << broker_->output();
  EXPECT_TRUE(sidecar.wait_ready(10s)) << sidecar.output();
  EXPECT_EQ(times(broker_->output(), "migration of stream S: begun"), 1U) << broker_->output();
  EXPECT_EQ(sidecar.stop(), 0);
  expect_all_on_disk();
}

UNIFIED_ON_EVERY_SERVER(MigrateRaceTest);

}  // namespace
}  // namespace unified::test
