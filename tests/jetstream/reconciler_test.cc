#include "jetstream/reconciler.h"

#include <gtest/gtest.h>

#include "support/fake_api_port.h"

namespace unified::jetstream {
namespace {

using Json = nlohmann::json;
using test::FakeApiPort;

class ReconcilerTest : public testing::Test {
 protected:
  ReconcileReport run(ReconcileMode mode = ReconcileMode::kStart) {
    options.mode = mode;
    return reconcile(server, {desired, {}}, options);
  }

  [[nodiscard]] bool sent(const std::string& verb) const {
    return std::ranges::any_of(server.requests,
                               [&](const auto& one) { return one.starts_with("$JS.API." + verb); });
  }

  static StreamSpec spec(const std::string& name, Json config) {
    return {.name = name, .config = std::move(config), .origin = "test"};
  }

  FakeApiPort server;
  std::vector<StreamSpec> desired{spec("M", {{"subjects", {"a.>", "b.>"}}, {"max_msgs", 10}})};
  ReconcileOptions options{.allowed = {},
                           .version = {2, 10, 27},
                           .clustered = false,
                           .mode = ReconcileMode::kStart,
                           .timeout = std::chrono::seconds{1},
                           .now_unix_ns = 0,
                           .evidence = {}};
};

TEST_F(ReconcilerTest, CreatesWhatIsAbsent) {
  const auto report = run();

  EXPECT_TRUE(report.provisioned());
  EXPECT_EQ(report.done, std::vector<std::string>{"created M"});
  EXPECT_TRUE(report.problems.empty());
  EXPECT_FALSE(report.remaining.has_changes());
  EXPECT_EQ(server.streams["M"].config["max_msgs"], 10);
}

TEST_F(ReconcilerTest, SecondRunSendsNothing) {
  run();
  server.requests.clear();

  EXPECT_TRUE(run().provisioned());
  EXPECT_FALSE(sent("STREAM.CREATE") || sent("STREAM.UPDATE"));
}

TEST_F(ReconcilerTest, AConsumerThatCannotBeDescribedHidesNoOther) {
  run();
  const Json listed{{"name", "there"}, {"config", {{"durable_name", "there"}}}};
  server.faults = {{"CONSUMER.LIST", Json({{"total", 2},
                                           {"consumers", Json::array({listed})},
                                           {"offline", {{"off", "unsupported"}}}})
                                         .dump()}};
  options.mode = ReconcileMode::kPlanOnly;
  std::vector<ConsumerSpec> consumers;
  for (const char* name : {"there", "off", "absent"})
    consumers.push_back({.stream = "M", .name = name, .origin = "test"});

  const auto report = reconcile(server, {desired, consumers}, options);

  ASSERT_EQ(report.plan.consumers.size(), 3U);
  EXPECT_EQ(report.plan.consumers[0].change, Change::kKeep);
  EXPECT_EQ(report.plan.consumers[1].change, Change::kUnloaded);
  EXPECT_NE(report.plan.consumers[1].note.find("unsupported"), std::string::npos);
  EXPECT_EQ(report.plan.consumers[2].change, Change::kCreate);
}

TEST_F(ReconcilerTest, NeverCreatesOverEvidence) {
  options.evidence = [](const std::string&, const std::string&) { return "folder /x/M"; };

  const auto report = run();

  EXPECT_FALSE(sent("STREAM.CREATE"));
  EXPECT_EQ(report.plan.streams[0].change, Change::kUnloaded);
  EXPECT_FALSE(report.provisioned());
  EXPECT_EQ(report.unbound, (std::vector<std::string>{"a.>", "b.>"}));
}

TEST_F(ReconcilerTest, LooksForEvidenceAgainRightBeforeTheCreate) {
  int calls = 0;
  options.evidence = [&](const std::string&, const std::string&) {
    return ++calls > 1 ? std::optional<std::string>{"log: Error recreating stream"} : std::nullopt;
  };

  const auto report = run();

  EXPECT_FALSE(sent("STREAM.CREATE"));
  ASSERT_FALSE(report.problems.empty());
  EXPECT_NE(report.problems[0].message.find("Error recreating"), std::string::npos);
}

TEST_F(ReconcilerTest, DoesNotCreateWhatTheServerOnlyCannotReach) {
  server.faults.push_back(
      {.prefix = "STREAM.LIST", .reply = R"({"total":0,"streams":[],"missing":["M"]})"});

  const auto report = run();

  EXPECT_EQ(report.plan.streams[0].change, Change::kUnloaded);
}

TEST_F(ReconcilerTest, LosesTheRaceGracefully) {
  server.before = [&](const std::string& verb) {
    if (verb.starts_with("STREAM.CREATE"))
      server.add({{"name", "M"}, {"subjects", {"a.>"}}});
  };

  const auto report = run();

  EXPECT_TRUE(report.provisioned());
  EXPECT_TRUE(report.problems.empty());
  EXPECT_EQ(server.streams["M"].config["max_msgs"], 10);
}

TEST_F(ReconcilerTest, AsksWhatBecameOfALostAnswer) {
  server.faults.push_back({.prefix = "STREAM.CREATE", .reply = {}, .carried_out = true});

  const auto report = run();

  EXPECT_TRUE(report.provisioned());
  EXPECT_TRUE(report.problems.empty());
}

TEST_F(ReconcilerTest, RetriesTheStoreRaceOnceIfStillNothingIsThere) {
  server.faults.push_back(
      {.prefix = "STREAM.CREATE", .reply = FakeApiPort::error(500, 10049, "error creating store")});
  EXPECT_TRUE(run().provisioned());
}

TEST_F(ReconcilerTest, DoesNotRetryAStoreThatLeftAFolder) {
  server.faults.push_back(
      {.prefix = "STREAM.CREATE", .reply = FakeApiPort::error(500, 10049, "error creating store")});
  options.evidence = [&](const std::string&, const std::string&) {
    return sent("STREAM.CREATE") ? std::optional<std::string>{"folder"} : std::nullopt;
  };

  const auto report = run();

  EXPECT_FALSE(report.provisioned());
  EXPECT_EQ(std::ranges::count(server.requests, "$JS.API.STREAM.CREATE.M"), 1);
}

TEST_F(ReconcilerTest, OneRefusedStreamDoesNotStopTheOthers) {
  desired.push_back(spec("N", {{"subjects", {"n"}}}));
  for (int i = 0; i < 3; ++i)
    server.faults.push_back({.prefix = "STREAM.CREATE.M",
                             .reply = FakeApiPort::error(500, 10047, "insufficient storage")});

  const auto report = run();

  EXPECT_TRUE(server.streams.contains("N"));
  ASSERT_FALSE(report.problems.empty());
  EXPECT_EQ(report.problems[0].err_code, 10047);
  EXPECT_EQ(
      report.problems[0].message,
      "cannot create stream M: insufficient storage (10047); the streams' max_bytes together are "
      "more than JETSTREAM_MAX_FILE");
  EXPECT_FALSE(report.transient());
}

TEST_F(ReconcilerTest, SilentServerIsTransientAndUnknown) {
  server.faults.push_back({.prefix = "STREAM.LIST", .reply = {}});

  const auto report = run();

  EXPECT_FALSE(report.listed);
  EXPECT_TRUE(report.transient());
  EXPECT_EQ(report.unbound.size(), 2U);
}

TEST_F(ReconcilerTest, DriftRepairReAddsSubjectsAndReportsTheRest) {
  server.add({{"name", "M"}, {"subjects", {"a.>"}}, {"max_msgs", 99}});

  const auto report = run(ReconcileMode::kDrift);

  EXPECT_TRUE(report.provisioned());
  EXPECT_EQ(server.streams["M"].config["max_msgs"], 99);
  ASSERT_EQ(report.remaining.streams[0].fields.size(), 1U);
  EXPECT_EQ(report.remaining.streams[0].fields[0].field, "max_msgs");
}

TEST_F(ReconcilerTest, DriftRepairNeverUsesPermissions) {
  server.add({{"name", "M"}, {"subjects", {"a.>", "b.>", "c.>"}}, {"max_msgs", 10}});
  options.allowed = {.lossy = true, .irreversible = true, .recreate = true};

  run(ReconcileMode::kDrift);

  EXPECT_EQ(server.streams["M"].config["subjects"].size(), 3U);
}

TEST_F(ReconcilerTest, PlanOnlySendsNothing) {
  const auto report = run(ReconcileMode::kPlanOnly);

  EXPECT_TRUE(report.plan.has_changes());
  EXPECT_FALSE(sent("STREAM.CREATE"));
  EXPECT_FALSE(report.provisioned());
}

TEST_F(ReconcilerTest, SubjectMovesFromALaterStreamToAnEarlierOne) {
  server.add({{"name", "A"}, {"subjects", {"a"}}});
  server.add({{"name", "B"}, {"subjects", {"b", "x"}}});
  desired = {spec("A", {{"subjects", {"a", "x"}}}), spec("B", {{"subjects", {"b"}}})};
  options.allowed.lossy = true;

  const auto report = run();

  EXPECT_TRUE(report.provisioned());
  EXPECT_TRUE(report.problems.empty());
}

TEST_F(ReconcilerTest, ServerThatSaysYesAndDoesNothingIsFound) {
  server.add({{"name", "M"}, {"subjects", {"a.>", "b.>"}}, {"max_msgs", 5}});
  server.faults.push_back({.prefix = "STREAM.UPDATE", .reply = R"({"config":{"name":"M"}})"});

  const auto report = run();

  ASSERT_EQ(report.problems.size(), 1U);
  EXPECT_NE(report.problems[0].message.find("still differs in: max_msgs"), std::string::npos);
}

TEST_F(ReconcilerTest, ReadsEveryPage) {
  for (int i = 0; i < 7; ++i)
    server.add({{"name", "S" + std::to_string(i)}, {"subjects", {"s" + std::to_string(i)}}});
  server.page_size = 2;

  EXPECT_EQ(run(ReconcileMode::kPlanOnly).actual.size(), 7U);
}

TEST_F(ReconcilerTest, OneRequestCreatesAStreamAndOneListProvesThatNothingIsToDo) {
  desired.clear();
  for (int i = 0; i < 10; ++i)
    desired.push_back(spec("S" + std::to_string(i), {{"subjects", {"s." + std::to_string(i)}}}));

  EXPECT_TRUE(run().provisioned());

  const auto requests = std::ranges::count_if(
      server.requests, [](const auto& one) { return one != "$JS.API.STREAM.LIST"; });
  EXPECT_EQ(requests, 10);
  for (const ReconcileMode mode : {ReconcileMode::kStart, ReconcileMode::kDrift}) {
    server.requests.clear();
    EXPECT_TRUE(run(mode).provisioned());
    EXPECT_EQ(server.requests, std::vector<std::string>{"$JS.API.STREAM.LIST"});
  }
}

TEST_F(ReconcilerTest, AFieldThatTheServerHasNoRoomForKeepsNoOtherOut) {
  server.add({{"name", "M"}, {"subjects", {"a.>"}}, {"max_msgs", 5}});
  desired[0].config["max_bytes"] = 1'000'000'000'000;
  server.faults.push_back(
      {.prefix = "STREAM.UPDATE", .reply = FakeApiPort::error(500, 10047, "insufficient storage")});

  const auto report = run();

  EXPECT_EQ(server.streams["M"].config["max_msgs"], 10);
  EXPECT_EQ(server.streams["M"].config["subjects"].size(), 2U);
  ASSERT_FALSE(report.problems.empty());
  EXPECT_EQ(report.problems[0].err_code, 10047);
}

TEST_F(ReconcilerTest, AMissingMirrorIsNotReady) {
  desired = {spec("M", {{"mirror", {{"name", "ORIGIN"}}}})};
  EXPECT_EQ(run(ReconcileMode::kPlanOnly).unbound, std::vector<std::string>{"stream M"});
}

TEST_F(ReconcilerTest, WhatIsLeftAloneIsInNoPlanAndMissingAllTheSame) {
  desired.push_back(spec("N", {{"subjects", {"n.>"}}}));
  options.leave_alone = [](const std::string& stream) {
    return stream == "M" ? std::optional<std::string>{"is paused"} : std::nullopt;
  };

  const auto report = run();

  EXPECT_EQ(report.done, std::vector<std::string>{"created N"});
  EXPECT_EQ(report.unbound, (std::vector<std::string>{"a.>", "b.>"}));
  EXPECT_FALSE(report.provisioned());
  EXPECT_TRUE(report.others_provisioned);
  EXPECT_TRUE(report.problems.empty());
  EXPECT_EQ(report.left_alone.at("M"), "is paused");
}

TEST_F(ReconcilerTest, ARestoreThatBeginsBetweenPlanAndCreateStopsTheCreate) {
  int asked = 0;
  options.leave_alone = [&](const std::string&) {
    return ++asked > 1 ? std::optional<std::string>{"is being restored"} : std::nullopt;
  };

  const auto report = run(ReconcileMode::kDrift);

  EXPECT_FALSE(sent("STREAM.CREATE"));
  EXPECT_FALSE(report.provisioned());
  ASSERT_EQ(report.problems.size(), 1U);
  EXPECT_EQ(report.problems[0].message, "stream M was left alone: it is being restored");
}

}  // namespace
}  // namespace unified::jetstream
