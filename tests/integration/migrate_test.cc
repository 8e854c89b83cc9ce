// Streams that are moved to another storage or max_consumers by `migrate`.
#include "support/migrate_test.h"

#include <atomic>
#include <filesystem>
#include <thread>

#include <gtest/gtest.h>

#include "support/entrypoint.h"
#include "support/wait_until.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

TEST_P(MigrateTest, KeepsEveryMessageAndEveryConsumer) {
  const StreamContent before = prepare(to_memory() ? "memory" : "file", kManyConsumers, true);
  const Finished moved = broker_->command({"migrate", "S", "--yes"}, patience());
  EXPECT_EQ(moved.status, 0) << moved.output << broker_->output();
  ASSERT_TRUE(broker_->wait_ready(10s)) << broker_->output();
  EXPECT_EQ(now(true), before);
  EXPECT_EQ(config()["max_consumers"], kManyConsumers);
  EXPECT_EQ(config()["storage"], to_memory() ? "memory" : "file");
  EXPECT_TRUE(leaves_nothing());
  EXPECT_TRUE(broker_->client().publish("s.1", "on it goes"));
  EXPECT_EQ(broker_->stop(), 0);
  if (to_memory())
    return;
  ASSERT_TRUE(start().wait_ready(20s)) << broker_->output();
  EXPECT_EQ(broker_->client().count("S"), messages() - 8 + 1);
}

TEST_P(MigrateTest, KeepsWhatSomebodyStillHasToGet) {
  for (const char* retention : {"interest", "workqueue"}) {
    (void)declare_stream(*directory_, "file", kFewConsumers, retention);
    ASSERT_TRUE(start().wait_ready(20s)) << broker_->output();
    {
      NatsClient client = broker_->client();
      fill_queue(client, messages(), retention);
    }
    const StreamContent before = now(true);
    (void)declare_stream(*directory_, to_memory() ? "memory" : "file", kManyConsumers, retention);
    EXPECT_EQ(broker_->command({"reload"}).status, 1);
    const Finished moved = broker_->command({"migrate", "S", "--yes"}, patience());
    EXPECT_EQ(moved.status, 0) << moved.output << broker_->output();
    ASSERT_TRUE(broker_->wait_ready(10s)) << broker_->output();
    EXPECT_EQ(now(true), before) << retention;
    EXPECT_EQ(config()["max_consumers"], kManyConsumers);
    EXPECT_TRUE(leaves_nothing());
    std::filesystem::remove_all(*directory_ / "store/unified-migration");
    (void)broker_->client().api_ok("STREAM.DELETE.S");
    EXPECT_EQ(broker_->stop(), 0);
  }
}

TEST_P(MigrateTest, LoadsAStreamIntoMemoryUnderItsSequences) {
  if (is_oldest())
    GTEST_SKIP() << "2.9 moves no storage";
  const StreamContent before = prepare("memory", kManyConsumers, false);
  const Finished moved = broker_->command({"migrate", "S", "--yes"}, patience());
  EXPECT_EQ(moved.status, 0) << moved.output << broker_->output();
  ASSERT_TRUE(broker_->wait_ready(10s)) << broker_->output();
  EXPECT_EQ(now(false), before);
  EXPECT_EQ(config()["storage"], "memory");
  EXPECT_EQ(config()["max_consumers"], kManyConsumers);
  EXPECT_FALSE(config().contains("subject_transform"));
  EXPECT_TRUE(leaves_nothing());
}

TEST_P(MigrateTest, PublishersAreToldAndWhatWasAckedIsThere) {
  (void)prepare(to_memory() ? "memory" : "file", kManyConsumers, true);
  std::atomic<bool> stop = false;
  std::size_t refused = 0;
  std::vector<std::uint64_t> acked;
  std::thread publisher{[&] {
    NatsClient client = broker_->client();
    while (!stop) {
      const auto ack = client.publish("s.1", "during");
      if (ack)
        acked.push_back(ack->sequence);
      else
        ++refused;
    }
  }};
  const Finished moved = broker_->command({"migrate", "S", "--yes"}, patience());
  (void)broker_->wait_ready(10s);
  stop = true;
  publisher.join();
  EXPECT_EQ(moved.status, 0) << moved.output << broker_->output();
  EXPECT_GT(refused, 0U);
  ASSERT_FALSE(acked.empty());
  NatsClient client = broker_->client();
  for (const std::uint64_t sequence : acked)
    ASSERT_TRUE(client.api("STREAM.MSG.GET.S", {{"seq", sequence}}).contains("message"))
        << sequence;
  EXPECT_EQ(client.count("S"), messages() - 8 + acked.size());
}

TEST_P(MigrateTest, AnotherStreamThatFailsBringsTheOldOneBack) {
  if (is_oldest())
    GTEST_SKIP() << "2.9 moves no storage";
  const StreamContent before =
      prepare("memory", kFewConsumers, true, {{"JETSTREAM_MAX_MEMORY", "400000"}});
  Process command{{.command = {entrypoint(), "migrate", "S", "--yes"},
                   .environment = broker_->environment(),
                   .directory = directory_->path()}};
  ASSERT_TRUE(broker_->process().wait_for_output("migration of stream S: begun", 20s));
  // While it is saved somebody else takes the memory.
  NatsClient client = broker_->client();
  (void)client.api_ok("STREAM.CREATE.M",
                      {{"name", "M"}, {"subjects", {"m"}}, {"storage", "memory"}});
  for (int i = 0; i < 300; ++i)
    EXPECT_TRUE(client.publish("m", std::string(1000, 'x')));
  EXPECT_EQ(command.wait(patience()), 1) << command.output() << broker_->output();
  EXPECT_NE(command.output().find("is as it was"), std::string::npos) << command.output();
  ASSERT_TRUE(broker_->wait_ready(10s)) << broker_->output();
  EXPECT_EQ(now(true), before);
  EXPECT_EQ(config()["storage"], "file");
  EXPECT_TRUE(leaves_nothing());
}

TEST_P(MigrateTest, WhatDoesNotFitIntoTheMemoryIsNotBegun) {
  if (is_oldest())
    GTEST_SKIP() << "2.9 moves no storage";
  const StreamContent before =
      prepare("memory", kFewConsumers, true, {{"JETSTREAM_MAX_MEMORY", "20000"}});
  const Finished moved = broker_->command({"migrate", "S", "--yes"}, patience());
  EXPECT_EQ(moved.status, 1) << moved.output;
  EXPECT_NE(moved.output.find("left of JETSTREAM_MAX_MEMORY"), std::string::npos) << moved.output;
  EXPECT_TRUE(broker_->ready()) << broker_->output();
  EXPECT_EQ(now(true), before);
  EXPECT_TRUE(leaves_nothing());
}

TEST_P(MigrateTest, AMessageThatCanNotBePublishedAgainIsFoundBeforeTheStreamGoes) {
  if (is_oldest() || server().version >= ServerVersion{2, 14, 0})
    GTEST_SKIP() << "2.9 moves no storage, 2.15 restores into memory";
  StreamContent before = prepare("memory", kFewConsumers, true);
  {
    NatsClient client = broker_->client();
    EXPECT_TRUE(client.publish("s.1", "expects",
                               {{"Nats-Expected-Last-Sequence", std::to_string(before.last)}}));
    before = content_of(client, true);
  }
  const Finished moved = broker_->command({"migrate", "S", "--yes"}, patience());
  EXPECT_EQ(moved.status, 1) << moved.output;
  EXPECT_NE(moved.output.find("has the header Nats-Expected-Last-Sequence"), std::string::npos)
      << moved.output;
  EXPECT_EQ(broker_->output().find("replacing"), std::string::npos) << broker_->output();
  ASSERT_TRUE(broker_->wait_ready(10s)) << broker_->output();
  EXPECT_EQ(now(true), before);
  EXPECT_TRUE(leaves_nothing());
}

TEST_P(MigrateTest, WaitsForASaveOfSomebodyElse) {
  (void)prepare(to_memory() ? "memory" : "file", kManyConsumers, true);
  NatsClient client = broker_->client();
  // More than a server sends before somebody acknowledges it.
  constexpr int kBigMessages = 24;
  for (int i = 0; i < kBigMessages; ++i)
    ASSERT_TRUE(client.publish("s.big", std::string(900'000, 'x')));
  const auto inbox = *client.connection().open_inbox(nats::InboxKind::kBelow, {});
  const std::uint64_t before = client.count("S");
  const nlohmann::json save{{"deliver_subject", inbox->prefix() + ".x"}, {"chunk_size", 65536}};
  client.api_ok("STREAM.SNAPSHOT.S", save);
  const nlohmann::json second = client.api("STREAM.SNAPSHOT.S", save);
  if (!second.contains("error"))
    GTEST_SKIP() << "this server lets two save a stream at once";

  const Finished moved = broker_->command({"migrate", "S", "--yes"}, patience());

  EXPECT_EQ(moved.status, 0) << moved.output << broker_->output();
  EXPECT_EQ(client.count("S"), before);
}

TEST_P(MigrateTest, ADryRunAndARefusalChangeNothing) {
  const StreamContent before = prepare(to_memory() ? "memory" : "file", kManyConsumers, true);
  const Finished shown = broker_->command({"migrate", "S", "--dry-run"});
  EXPECT_EQ(shown.status, 0) << shown.output;
  EXPECT_NE(shown.output.find(to_memory() ? "storage: file -> memory" : "max_consumers: 8 -> 100"),
            std::string::npos)
      << shown.output;
  const Finished unasked = broker_->command({"migrate", "S"});
  EXPECT_EQ(unasked.status, 64) << unasked.output;
  EXPECT_NE(unasked.output.find("--yes"), std::string::npos) << unasked.output;
  const Finished unknown = broker_->command({"migrate", "OTHER", "--yes"});
  EXPECT_EQ(unknown.status, 1) << unknown.output;
  EXPECT_NE(unknown.output.find("is not declared"), std::string::npos) << unknown.output;
  EXPECT_TRUE(broker_->ready());
  EXPECT_EQ(now(true), before);
  EXPECT_EQ(broker_->stop(), 0);
  const Finished nobody = broker_->command({"migrate", "S", "--yes"});
  EXPECT_EQ(nobody.status, 69) << nobody.output;
}

TEST_P(MigrateTest, KeepsTheBackupWhenAsked) {
  (void)prepare(to_memory() ? "memory" : "file", kManyConsumers, true);
  const Finished moved = broker_->command({"migrate", "S", "--yes", "--keep-backup"}, patience());
  EXPECT_EQ(moved.status, 0) << moved.output << broker_->output();
  std::size_t kept = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator{*directory_ / "store/unified-migration"})
    kept += std::filesystem::exists(entry.path() / "stream.tar.s2") ? 1U : 0U;
  EXPECT_EQ(kept, 1U);
}

TEST_P(MigrateTest, AJournalThatCanNotBeReadIsNotGuessedAt) {
  const StreamContent before = prepare(to_memory() ? "memory" : "file", kManyConsumers, true);
  EXPECT_EQ(broker_->stop(), 0);
  (void)directory_->write("store/unified-migration/stream-S/journal.json", "{");
  (void)start();
  ASSERT_TRUE(wait_until(20s, [&] {
    const auto why = broker_->get("/readyz");
    return why && why->body.find("journal.json can't be used") != std::string::npos;
  })) << broker_->output();
  EXPECT_EQ(now(true), before);
  EXPECT_EQ(broker_->stop(), 0);
  std::filesystem::remove_all(*directory_ / "store/unified-migration");
  ASSERT_TRUE(start().wait_ready(20s)) << broker_->output();
}

TEST_P(MigrateTest, OneThatWasBegunIsNotTakenIntoAClusterOrUnderAKey) {
  // The only stream may be away at that moment: nothing else keeps a server from being started.
  (void)directory_->write("store/unified-migration/stream-S/journal.json", "{");
  for (const auto& [variable, value] :
       {std::pair{"NATS_CLUSTER_ENABLED", "true"},
        std::pair{"JETSTREAM_ENCRYPTION_KEY", "0123456789abcdef0123456789abcdef"}}) {
    (void)declare_stream(*directory_, "file", kFewConsumers);
    (void)start({{variable, value}});
    EXPECT_EQ(broker_->wait(20s), 78) << broker_->output();
    EXPECT_TRUE(broker_->process().wait_for_output("stream S was being migrated", 1s))
        << broker_->output();
    EXPECT_NE(broker_->output().find(variable), std::string::npos) << broker_->output();
  }
}

UNIFIED_ON_EVERY_SERVER(MigrateTest);

}  // namespace
}  // namespace unified::test
