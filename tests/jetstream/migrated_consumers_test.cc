#include "jetstream/migrated_consumers.h"

#include <gtest/gtest.h>

namespace unified::jetstream {
namespace {

using nlohmann::json;

json consumer(const ConsumerPosition& at, json config = json::object()) {
  config["durable_name"] = "c";
  return {{"name", "c"},
          {"config", std::move(config)},
          {"delivered", {{"consumer_seq", at.delivered_consumer}, {"stream_seq", at.delivered}}},
          {"ack_floor", {{"consumer_seq", 1}, {"stream_seq", at.ack_floor}}},
          {"num_pending", at.pending},
          {"num_ack_pending", at.ack_pending}};
}

constexpr ConsumerPosition kAt{
    .delivered = 50, .delivered_consumer = 50, .ack_floor = 40, .pending = 100, .ack_pending = 10};

bool loses(const ConsumerPosition& after, bool may_move = false) {
  return consumer_loss(json::array({consumer(kAt)}), json::array({consumer(after)}),
                       MigrationMethod::kRestore, may_move)
      .has_value();
}

TEST(MigratedConsumersTest, TheSamePositionLosesNothing) {
  EXPECT_FALSE(loses(kAt));
  EXPECT_FALSE(loses(kAt, true));
}

TEST(MigratedConsumersTest, AnotherPositionIsALoss) {
  for (const auto change :
       {+[](ConsumerPosition& at) { ++at.delivered; }, +[](ConsumerPosition& at) { --at.pending; },
        +[](ConsumerPosition& at) { ++at.ack_floor; },
        +[](ConsumerPosition& at) { --at.ack_pending; }}) {
    ConsumerPosition after = kAt;
    change(after);
    EXPECT_TRUE(loses(after));
  }
}

TEST(MigratedConsumersTest, AnOlderFloorBesideTheSameMessagesToAcknowledgeIsNone) {
  ConsumerPosition after = kAt;
  after.ack_floor = 0;
  EXPECT_FALSE(loses(after));
}

TEST(MigratedConsumersTest, OnceItIsThereAgainItsClientsMayGoOn) {
  ConsumerPosition after = kAt;
  after.delivered = 60;
  after.delivered_consumer = 60;
  after.pending = 90;
  EXPECT_TRUE(loses(after));
  EXPECT_FALSE(loses(after, true));
}

TEST(MigratedConsumersTest, OneThatBeganAnewHasNotGoneOn) {
  ConsumerPosition after = kAt;
  after.delivered_consumer = 60;
  after.delivered = 20;
  after.pending = 130;
  EXPECT_TRUE(loses(after, true));
  after = kAt;
  after.delivered_consumer = 60;
  after.ack_floor = 10;
  after.pending = 90;
  EXPECT_TRUE(loses(after, true));
}

TEST(MigratedConsumersTest, OneThatEndsByItselfIsNotMissed) {
  json before = json::array({consumer(kAt)});
  const auto loss = [&](bool may_move) {
    return consumer_loss(before, json::array(), MigrationMethod::kRestore, may_move).has_value();
  };
  EXPECT_TRUE(loss(true));
  before[0]["config"]["inactive_threshold"] = 5'000'000'000;
  EXPECT_FALSE(loss(true));
  EXPECT_TRUE(loss(false));
  before[0]["config"].erase("inactive_threshold");
  before[0]["config"].erase("durable_name");
  EXPECT_FALSE(loss(true));
}

TEST(MigratedConsumersTest, OnlyWhoWasGivenOrAcknowledgedMoreHasMovedOn) {
  const auto moved = [](const ConsumerPosition& after) {
    return have_moved_on(json::array({consumer(kAt)}), json::array({consumer(after)}));
  };
  EXPECT_FALSE(moved(kAt));
  ConsumerPosition after = kAt;
  after.ack_floor = 0;
  EXPECT_FALSE(moved(after));
  after = kAt;
  ++after.delivered_consumer;
  EXPECT_TRUE(moved(after));
  after = kAt;
  --after.ack_pending;
  EXPECT_TRUE(moved(after));
  EXPECT_FALSE(have_moved_on(json::array({consumer(kAt)}), json::array()));
}

TEST(MigratedConsumersTest, OneThatNeverDeliveredMayStandBeforeTheFirstMessageOrAtIt) {
  const ConsumerPosition fresh{.pending = 100};
  ConsumerPosition after = fresh;
  after.delivered = 3;
  after.ack_floor = 3;
  const auto differs = [&] {
    return consumer_loss(json::array({consumer(fresh)}), json::array({consumer(after)}),
                         MigrationMethod::kRestore, false);
  };
  EXPECT_EQ(differs(), std::nullopt);
  after.pending = 2000;  // 2.10 restores deliver_policy last so: from the beginning
  EXPECT_NE(differs(), std::nullopt);
}

TEST(MigratedConsumersTest, AMissingOneOrAnotherConfigurationIsALoss) {
  EXPECT_TRUE(
      consumer_loss(json::array({consumer(kAt)}), json::array(), MigrationMethod::kRestore, false));
  EXPECT_TRUE(consumer_loss(json::array({consumer(kAt)}),
                            json::array({consumer(kAt, {{"ack_wait", 5}})}),
                            MigrationMethod::kRestore, false));
}

TEST(MigratedConsumersTest, OneInMemoryIsMissedOnlyWhereItWasMadeAnew) {
  const json before = json::array({consumer(kAt, {{"mem_storage", true}})});
  EXPECT_FALSE(consumer_loss(before, json::array(), MigrationMethod::kRestore, false));
  EXPECT_TRUE(consumer_loss(before, json::array(), MigrationMethod::kRestore, true));
}

TEST(MigratedConsumersTest, SettledLeavesOutWhatChangesByItself) {
  json one = consumer(kAt);
  json other = one;
  other["ts"] = "2026";
  other["num_waiting"] = 3;
  other["pause_remaining"] = 7;
  other["delivered"]["last_active"] = "2026";
  EXPECT_EQ(settled(json::array({one})), settled(json::array({other})));
  other["delivered"]["stream_seq"] = 51;
  EXPECT_NE(settled(json::array({one})), settled(json::array({other})));
}

}  // namespace
}  // namespace unified::jetstream
