#include "jetstream/migration.h"

#include <gtest/gtest.h>

#include "jetstream/parked_stream.h"

namespace unified::jetstream {
namespace {

using nlohmann::json;

constexpr ServerVersion kOld{.major = 2, .minor = 9, .patch = 10};
constexpr ServerVersion kMiddle{.major = 2, .minor = 10, .patch = 27};
constexpr ServerVersion kNew{.major = 2, .minor = 15, .patch = 1};

class MigrationPlanTest : public testing::Test {
 protected:
  MigrationPlanTest() {
    in.version = kMiddle;
    in.desired = {.name = "X",
                  .config = {{"subjects", {"x.>"}}, {"storage", "file"}, {"max_consumers", 50}},
                  .origin = "streams.yaml:1"};
    in.actual.name = "X";
    in.actual.config = {{"name", "X"},         {"subjects", {"x.>"}},   {"storage", "file"},
                        {"max_consumers", 10}, {"retention", "limits"}, {"max_age", 5'000'000'000},
                        {"num_replicas", 1},   {"discard", "old"}};
    in.actual.messages = 1000;
    in.actual.bytes = 1'000'000;
  }

  void add_consumer(const std::string& name, json config) {
    config["durable_name"] = name;
    in.consumers.push_back({{"name", name}, {"config", std::move(config)}});
    in.actual.consumers = static_cast<std::int64_t>(in.consumers.size());
  }

  std::string refusal() {
    const auto plan = plan_migration(in);
    return plan ? "planned" : plan.error().message;
  }

  void expect_refused(const std::string& words) {
    EXPECT_NE(refusal().find(words), std::string::npos) << refusal();
  }

  MigrationInput in;
};

TEST_F(MigrationPlanTest, IntoMemoryOnlyWhatFits) {
  in.desired.config["storage"] = "memory";
  in.version = kNew;
  in.memory_left = in.actual.bytes - 1;
  expect_refused("left of JETSTREAM_MAX_MEMORY");
  in.memory_left = in.actual.bytes;
  const auto plan = plan_migration(in);
  ASSERT_TRUE(plan) << plan.error().message;
}

TEST_F(MigrationPlanTest, ChangesOnlyWhatIsImmutableAndKeepsTheRestOfTheServersConfiguration) {
  in.desired.config["max_msgs"] = 5;  // an update can do that, and drops messages: not for us
  const auto plan = plan_migration(in);
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->method, MigrationMethod::kRestore);
  ASSERT_EQ(plan->changes.size(), 1U);
  EXPECT_EQ(plan->changes[0].field, "max_consumers");
  json expected = in.actual.config;
  expected["max_consumers"] = 50;
  EXPECT_EQ(plan->to, expected);
  EXPECT_EQ(plan->from, in.actual.config);
  EXPECT_GE(plan->room, 2 * in.actual.bytes);
}

TEST_F(MigrationPlanTest, StorageIsLoadedWhereAServerRestoresNothingIntoMemory) {
  in.desired.config["storage"] = "memory";
  const auto loaded = plan_migration(in);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->method, MigrationMethod::kLoad);
  EXPECT_NE(to_text(*loaded).find("published again"), std::string::npos) << to_text(*loaded);
  in.version = kNew;
  const auto restored = plan_migration(in);
  ASSERT_TRUE(restored) << restored.error().message;
  EXPECT_EQ(restored->method, MigrationMethod::kRestore);
  in.version = kOld;
  expect_refused("2.9.10 restores nothing into memory");
}

TEST_F(MigrationPlanTest, AStreamInMemoryNeedsAServerThatMakesSnapshotsOfIt) {
  in.actual.config["storage"] = "memory";
  expect_refused("makes no snapshot of a stream in memory");
  in.version = kNew;
  EXPECT_EQ(refusal(), "planned");
}

TEST_F(MigrationPlanTest, RefusesWhatCouldLoseMessagesOrCanNotBeTakenAway) {
  in.clustered = true;
  expect_refused("part of a cluster");
  in.clustered = false;
  for (const auto& [key, value, words] : std::vector<std::tuple<const char*, json, const char*>>{
           {"mirror", {{"name", "Y"}}, "it is a mirror"},
           {"sources", json::array({{{"name", "Y"}}}), "it has sources"},
           {"sealed", true, "it is sealed"},
           {"no_ack", true, "it has no_ack"}}) {
    const json before = in.actual.config;
    in.actual.config[key] = value;
    expect_refused(words);
    in.actual.config = before;
  }
}

TEST_F(MigrationPlanTest, RefusesRetentionAndNamesTheWayOut) {
  in.desired.config = {{"subjects", {"x.>"}}, {"retention", "workqueue"}};
  expect_refused("not retention");
  in.desired.config = {{"subjects", {"x.>"}}};
  expect_refused("nothing that the manifest in force declares is immutable and different");
}

TEST_F(MigrationPlanTest, RefusesAMaxConsumersBelowThoseThatAreThere) {
  in.desired.config["max_consumers"] = 1;
  add_consumer("a", json::object());
  EXPECT_EQ(refusal(), "planned");
  add_consumer("b", json::object());
  expect_refused("below the 2 consumers");
  in.desired.config["max_consumers"] = -1;
  EXPECT_EQ(refusal(), "planned");
}

TEST_F(MigrationPlanTest, RefusesConsumersThatCanNotBeBroughtBack) {
  add_consumer("a", {{"filter_subject", "x.1"}});
  EXPECT_EQ(refusal(), "planned");
  in.version = kOld;
  expect_refused("does not load consumers whose filter_subject");
  in.version = kMiddle;
  add_consumer("m", {{"mem_storage", true}, {"deliver_policy", "all"}});
  EXPECT_EQ(refusal(), "planned");
  in.actual.config["retention"] = "interest";
  expect_refused("drops what only they wait for");
  in.actual.config["retention"] = "limits";
  add_consumer("p", {{"mem_storage", true}, {"deliver_subject", "here"}});
  expect_refused("can't be brought back to where they are: p;");
}

TEST_F(MigrationPlanTest, LoadingTakesStreamsOnlyWhoseMessagesArePublishedAsTheyAre) {
  in.desired.config["storage"] = "memory";
  in.actual.config["retention"] = "workqueue";
  expect_refused("only into a stream with retention limits");
  in.actual.config["retention"] = "limits";
  in.actual.config["allow_atomic"] = true;
  expect_refused("with allow_atomic messages can't");
  in.actual.config.erase("allow_atomic");
  add_consumer("l", {{"deliver_policy", "last_per_subject"}});
  expect_refused("last_per_subject (l)");
}

TEST_F(MigrationPlanTest, RefusesMessagesThatGoOrComeByThemselves) {
  in.actual.config["allow_msg_ttl"] = true;
  expect_refused("it has allow_msg_ttl");
}

TEST_F(MigrationPlanTest, RefusesWhatIsNotLoadedAfterItWasSealed) {
  for (const char* field : {"allow_msg_counter", "allow_msg_schedules"}) {
    in.actual.config[field] = true;
    expect_refused("does not load a sealed stream with that after a restart");
    in.actual.config.erase(field);
  }
}

TEST_F(MigrationPlanTest, RefusesOneThatIsBeingMigrated) {
  in.actual.config["subjects"] = {"unified-migrating.X"};
  expect_refused("it is being migrated");
}

TEST_F(MigrationPlanTest, TellsOfTheSealAndOfMessageIdsThatAreForgotten) {
  const auto told = [&] {
    const auto plan = plan_migration(in);
    return plan ? to_text(*plan) : plan.error().message;
  };
  EXPECT_NE(told().find("it is sealed before it is deleted"), std::string::npos) << told();
  EXPECT_EQ(told().find("forgets the Nats-Msg-Id"), std::string::npos) << told();
  in.version = kNew;
  in.desired.config["storage"] = "memory";
  EXPECT_NE(told().find("forgets the Nats-Msg-Id"), std::string::npos) << told();
}

TEST_F(MigrationPlanTest, ConsumersThatWereMadeSinceAreLookedAtToo) {
  MigrationJournal journal;
  journal.from = in.actual.config;
  journal.to = in.actual.config;
  journal.to["max_consumers"] = 1;
  json consumers = {{{"name", "a"}, {"config", {{"durable_name", "a"}}}}};
  EXPECT_EQ(refused_since(journal, consumers, kMiddle), std::nullopt);
  consumers.push_back({{"name", "b"}, {"config", {{"durable_name", "b"}}}});
  const auto refused = refused_since(journal, consumers, kMiddle);
  ASSERT_TRUE(refused);
  EXPECT_NE(refused->find("below the 2 consumers"), std::string::npos);
}

TEST_F(MigrationPlanTest, ASealedStreamIsFedByNothingAndIsOpenedAsItIs) {
  json config = in.actual.config;
  config["sources"] = json::array({{{"name", "Y"}}});
  const json sealed = sealed_config(config);
  EXPECT_TRUE(is_parked(sealed));
  EXPECT_EQ(sealed["sealed"], true);
  EXPECT_FALSE(sealed.contains("sources"));
  EXPECT_EQ(opened_config(in.actual.config, config), in.actual.config);
  const json opened = opened_config(in.actual.config, sealed);
  EXPECT_EQ(opened["sealed"], true);
  EXPECT_EQ(opened["subjects"], in.actual.config["subjects"]);
}

TEST_F(MigrationPlanTest, NothingIsPublishedToAParkedStreamAndNothingGrowsTooOld) {
  const json parked = parked_config(in.actual.config);
  EXPECT_TRUE(is_parked(parked));
  EXPECT_FALSE(is_parked(in.actual.config));
  EXPECT_EQ(parked["max_age"], 0);
  const json loading = loading_config(in.actual.config);
  EXPECT_TRUE(is_parked(loading));
  EXPECT_EQ(loading["subject_transform"]["dest"], ">");
  EXPECT_EQ(loading["max_msgs"], -1);
}

}  // namespace
}  // namespace unified::jetstream
