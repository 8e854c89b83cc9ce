// A stream that somebody migrates is left alone by every plan.
#include <gtest/gtest.h>

#include "jetstream/parked_stream.h"
#include "jetstream/plan.h"

namespace unified::jetstream {
namespace {

using nlohmann::json;

class MigratingPlanTest : public testing::Test {
 protected:
  MigratingPlanTest() {
    desired.streams.push_back({.name = "X", .config = {{"subjects", {"x.>"}}, {"max_age", 5}}});
    desired.consumers.push_back({.stream = "X", .name = "C", .config = json::object()});
    actual.version = {.major = 2, .minor = 10, .patch = 27};
    actual.streams.push_back({.name = "X", .config = {{"name", "X"}, {"max_age", 0}}});
  }

  Plan plan_with(const json& subjects) {
    actual.streams[0].config["subjects"] = subjects;
    return make_plan(desired, actual, Allowed{.lossy = true, .irreversible = true}, 0);
  }

  Declarations desired;
  Actual actual;
};

TEST_F(MigratingPlanTest, NothingIsSentForItAndItIsNotAsDeclared) {
  for (const char* subject : {"unified-migrating.X", "unified-migrating.X.>"}) {
    const Plan plan = plan_with({subject});
    EXPECT_EQ(plan.streams[0].change, Change::kMigrating);
    EXPECT_TRUE(plan.streams[0].request.is_null());
    EXPECT_EQ(plan.consumers[0].change, Change::kMigrating);
    EXPECT_TRUE(plan.consumers[0].request.is_null());
    EXPECT_FALSE(plan.has_changes());
    EXPECT_TRUE(plan.has_refusals());
    const std::string text = to_text(plan);
    EXPECT_NE(text.find("X: migrating\n"), std::string::npos) << text;
    EXPECT_NE(text.find("by the supervisor that runs its nats-server"), std::string::npos) << text;
    EXPECT_NE(text.find("2 left to a migration"), std::string::npos) << text;
  }
}

TEST_F(MigratingPlanTest, OneWithAnotherSubjectOrTheSubjectOfAnotherIsNotMigrated) {
  for (const json& subjects :
       {json{"unified-migrating.Y"}, json{"unified-migrating.X", "x.>"}, json{"x.>"}}) {
    const Plan plan = plan_with(subjects);
    EXPECT_NE(plan.streams[0].change, Change::kMigrating) << subjects;
    EXPECT_FALSE(plan.streams[0].request.is_null()) << subjects;
  }
}

}  // namespace
}  // namespace unified::jetstream
