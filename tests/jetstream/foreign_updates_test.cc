// Somebody else changes a stream while we change it: the API has no update on a condition.
#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "jetstream/change_log.h"
#include "jetstream/reconciler.h"
#include "jetstream/unmeant_changes.h"
#include "support/fake_api_port.h"

namespace unified::jetstream {
namespace {

using Json = nlohmann::json;
using test::FakeApiPort;

class ForeignUpdatesTest : public testing::Test {
 protected:
  ForeignUpdatesTest() {
    options.version = {2, 10, 27};
    options.timeout = std::chrono::seconds{1};
    FakeApiPort::Stream& stream =
        server.add({{"name", "M"}, {"subjects", {"a.>"}}, {"max_msgs", 5}});
    stream.messages = 5;
    server.on_advisory = [this](const std::string& subject) { changes.note(subject); };
    options.changes = &changes;
  }

  ReconcileReport run() { return reconcile(server, {desired, {}}, options); }

  /// As a client does that has found out that 5 is too few.
  void client_raises_the_limit() {
    server.change("M", {{"max_msgs", 100'000}});
    server.streams["M"].messages += 100;
  }

  /// The client is faster than what follows the `nth` request of that kind.
  void interrupt_after(const std::string& verb, int nth = 1) {
    server.after = [this, verb, nth, seen = 0](const std::string& one) mutable {
      if (one == verb && ++seen == nth)
        client_raises_the_limit();
    };
  }

  void expect_that_all_is_there() {
    EXPECT_EQ(server.streams["M"].messages, 105);
    EXPECT_EQ(server.streams["M"].config["max_msgs"], 100'000);
    EXPECT_EQ(server.streams["M"].config["subjects"].size(), 2U);
  }

  FakeApiPort server;
  ChangeLog changes;
  std::vector<StreamSpec> desired{
      {.name = "M", .config = {{"subjects", {"a.>", "b.>"}}}, .origin = "test"}};
  ReconcileOptions options;
};

TEST_F(ForeignUpdatesTest, WhatIsChangedBetweenTheListAndTheUpdateStays) {
  options.changes = nullptr;  // also where nobody hears of it
  interrupt_after("STREAM.LIST");

  const ReconcileReport report = run();

  expect_that_all_is_there();
  EXPECT_TRUE(report.provisioned() && report.problems.empty() && report.warnings.empty());
}

TEST_F(ForeignUpdatesTest, WhatIsChangedBetweenTheReadAndTheUpdateStaysWhenItIsHeardOf) {
  interrupt_after("STREAM.INFO.M");

  const ReconcileReport report = run();

  expect_that_all_is_there();
  EXPECT_TRUE(report.provisioned() && report.problems.empty() && report.warnings.empty());
}

TEST_F(ForeignUpdatesTest, WhatIsChangedInTheLastMomentIsTold) {
  server.before = [&](const std::string& verb) {
    if (verb == "STREAM.UPDATE.M" && server.streams["M"].messages == 5)
      client_raises_the_limit();
  };

  const ReconcileReport report = run();

  ASSERT_EQ(report.warnings.size(), 1U);
  EXPECT_NE(report.warnings[0].find("somebody else changed stream M at the same moment"),
            std::string::npos);
}

/// nats-server tells of both, and the advisory of ours may be delivered after its answer.
TEST_F(ForeignUpdatesTest, AnotherAdvisoryInPlaceOfOursHidesNothing) {
  std::string late;
  int told = 0;
  server.on_advisory = [&](const std::string& subject) {
    if (++told == 1)
      changes.note(subject);
    else
      late = subject;
  };
  bool delivered = false;
  server.before = [&](const std::string& verb) {
    if (verb == "STREAM.UPDATE.M" && told == 0)
      client_raises_the_limit();
    if (!late.empty() && !std::exchange(delivered, true))
      changes.note(late);  // with the next request
  };

  EXPECT_EQ(run().warnings.size(), 1U);
  EXPECT_TRUE(delivered);
}

TEST_F(ForeignUpdatesTest, ALimitThatIsTighterRightAfterwardsIsRaisedAgain) {
  server.streams["M"].config["max_msgs"] = 1000;
  int updates = 0;
  server.after = [&](const std::string& verb) {
    if (verb == "STREAM.UPDATE.M" && ++updates == 1)
      server.change("M", {{"max_msgs", 500}});
  };

  const ReconcileReport report = run();

  EXPECT_EQ(server.streams["M"].config["max_msgs"], 1000);
  EXPECT_FALSE(report.warnings.empty());
}

TEST_F(ForeignUpdatesTest, AStreamThatChangesAllTheTimeIsLeftAlone) {
  server.after = [&](const std::string& verb) {
    if (verb == "STREAM.INFO.M")
      server.change("M", {{"description", "again"}});
  };

  const ReconcileReport report = run();

  EXPECT_EQ(server.streams["M"].config["subjects"].size(), 1U);
  ASSERT_FALSE(report.problems.empty());
  EXPECT_NE(report.problems[0].message.find("all the time"), std::string::npos);
  EXPECT_TRUE(report.transient());
}

TEST_F(ForeignUpdatesTest, NothingIsSentThatIsThereAlready) {
  server.after = [this](const std::string& verb) {
    if (verb == "STREAM.LIST")
      server.change("M", {{"subjects", {"a.>", "b.>"}}});
  };

  run();

  EXPECT_EQ(std::ranges::count(server.requests, "$JS.API.STREAM.UPDATE.M"), 0);
}

TEST_F(ForeignUpdatesTest, AGivenPlanIsNotAppliedToAnotherStream) {
  options.mode = ReconcileMode::kPlanOnly;
  options.only_plan = plan_hash(run().plan);
  options.mode = ReconcileMode::kStart;
  interrupt_after("STREAM.LIST");

  const ReconcileReport report = run();

  EXPECT_EQ(server.streams["M"].config["subjects"].size(), 1U);
  ASSERT_FALSE(report.problems.empty());
  EXPECT_NE(report.problems[0].message.find("after the plan was made"), std::string::npos);
}

TEST(UnmeantChanges, LeaveOutWhatTheServerSetsToFit) {
  const Json before{{"name", "M"}, {"sealed", false}, {"discard", "old"}, {"max_msgs", 7}};
  const Json after{{"name", "M"}, {"sealed", true}, {"discard", "new"}, {"max_msgs", 5}};
  const auto changes = unmeant_changes(before, after, {"sealed"});
  EXPECT_EQ(show_changes(changes), "max_msgs 7 -> 5");
  EXPECT_TRUE(unmeant_changes(before, before, {}).empty());
  EXPECT_EQ(with_limits_raised(after, changes)["max_msgs"], 7);
  EXPECT_TRUE(with_limits_raised(before, unmeant_changes(after, before, {"sealed"})).is_null());
}

}  // namespace
}  // namespace unified::jetstream
