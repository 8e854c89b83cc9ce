#include <rapidcheck.h>

#include <gtest/gtest.h>

#include "jetstream/api.h"
#include "jetstream/bound.h"
#include "jetstream/plan.h"
#include "support/fake_api_port.h"

namespace unified::jetstream {
namespace {

using Json = nlohmann::json;
using test::FakeApiPort;

constexpr std::int64_t kSecond = 1'000'000'000;

ServerVersion any_version() {
  return *rc::gen::element(ServerVersion{2, 9, 10}, ServerVersion{2, 10, 27},
                           ServerVersion{2, 15, 1});
}

template <typename T>
void maybe(Json& config, const char* name, std::initializer_list<T> values) {
  if (*rc::gen::arbitrary<bool>())
    config[name] = *rc::gen::elementOf(std::vector<T>(values));
}

Json any_config() {
  Json config = Json::object();
  maybe<std::int64_t>(config, "max_msgs", {-1, 0, 1, 5, 100});
  maybe<std::int64_t>(config, "max_bytes", {-1, 10, 1000, 100000});
  maybe<std::int64_t>(config, "max_age", {0, 60 * kSecond, 600 * kSecond, 3600 * kSecond});
  maybe<std::int64_t>(config, "duplicate_window", {0, 30 * kSecond, 120 * kSecond, 900 * kSecond});
  maybe<std::int64_t>(config, "max_msgs_per_subject", {-1, 1, 3});
  maybe<std::int64_t>(config, "max_consumers", {-1, 5});
  maybe<std::string>(config, "retention", {"limits", "interest", "workqueue"});
  maybe<std::string>(config, "discard", {"old", "new"});
  maybe<std::string>(config, "storage", {"file", "memory"});
  maybe<std::string>(config, "compression", {"none", "s2"});
  for (const char* flag :
       {"deny_delete", "deny_purge", "allow_rollup_hdrs", "discard_new_per_subject", "no_ack"})
    maybe<bool>(config, flag, {true, false});
  config["subjects"] = Json::array();
  for (const char* subject : {"a.>", "b.x", "c"})
    if (*rc::gen::arbitrary<bool>())
      config["subjects"].push_back(subject);
  if (config["subjects"].empty())
    config["subjects"].push_back("z");
  return config;
}

/// A server with stream M of an arbitrary configuration that it accepts itself.
void fill(FakeApiPort& server) {
  Json config = any_config();
  config["name"] = "M";
  const auto created = Api{server, std::chrono::seconds{1}}.create(config);
  if (!created)
    RC_DISCARD("the server refuses this one");
  FakeApiPort::Stream& stream = server.streams["M"];
  const std::int64_t limit = stream.config["max_msgs"];
  stream.messages = *rc::gen::inRange(0, limit > 0 ? static_cast<int>(limit) + 1 : 200);
  stream.bytes = stream.messages * 20;
  if (const std::int64_t bytes = stream.config["max_bytes"]; bytes > 0 && stream.bytes > bytes) {
    stream.messages = bytes / 20;
    stream.bytes = stream.messages * 20;
  }
  stream.first_ts = "2026-11-21T11:00:00Z";
  stream.last_ts = "2026-11-21T11:59:00Z";
}

constexpr std::int64_t kNoon = 1795262400 * kSecond;  // 2026-11-21T12:00:00Z

Plan plan_for(FakeApiPort& server,
              ServerVersion version,
              const Json& wanted,
              const Allowed& allowed) {
  Actual actual{.version = version, .clustered = false, .streams = {}, .unloaded = {}};
  actual.streams = Api{server, std::chrono::seconds{1}}.list_streams()->streams;
  return make_plan({{{.name = "M", .config = wanted, .origin = "test"}}, {}}, actual, allowed,
                   kNoon);
}

Allowed any_allowed() {
  return {.lossy = *rc::gen::arbitrary<bool>(),
          .irreversible = *rc::gen::arbitrary<bool>(),
          .recreate = false};
}

TEST(PlanPropertyTest, ServerTakesEveryRequestAndNothingIsLeftToDo) {
  EXPECT_TRUE(rc::check([] {
    const ServerVersion version = any_version();
    FakeApiPort server{version};
    if (*rc::gen::inRange(0, 4) != 0)
      fill(server);
    const Json wanted = any_config();
    const Allowed allowed = any_allowed();
    const Plan plan = plan_for(server, version, wanted, allowed);
    if (!plan.has_changes())
      return;
    const StreamPlan& stream = plan.streams[0];
    Api api{server, std::chrono::seconds{1}};
    const auto answer =
        stream.change == Change::kCreate ? api.create(stream.request) : api.update(stream.request);
    if (!answer)
      RC_FAIL(answer.error().message + "\n" + to_text(plan) + stream.request.dump());
    const Plan again = plan_for(server, version, wanted, allowed);
    if (again.has_changes())
      RC_FAIL(to_text(plan) + "then\n" + to_text(again));
  }));
}

TEST(PlanPropertyTest, NoMessageGoesWithoutPermission) {
  EXPECT_TRUE(rc::check([] {
    const ServerVersion version = any_version();
    FakeApiPort server{version};
    fill(server);
    const auto before = server.streams["M"];
    const Plan plan = plan_for(server, version, any_config(), {});
    if (!plan.has_changes())
      return;
    RC_ASSERT(Api(server, std::chrono::seconds{1}).update(plan.streams[0].request).ok());
    const auto& after = server.streams["M"];
    RC_ASSERT(after.messages == before.messages);
    // What was captured is captured still.
    const std::vector<StreamSpec> old{{.name = "M", .config = before.config, .origin = {}}};
    RC_ASSERT(unbound_subjects(old, {StreamState{.name = "M",
                                                 .config = after.config,
                                                 .messages = 0,
                                                 .bytes = 0,
                                                 .first_seq = 0,
                                                 .last_seq = 0,
                                                 .first_ts = {},
                                                 .last_ts = {},
                                                 .consumers = 0}})
                  .empty());
  }));
}

TEST(PlanPropertyTest, NothingThatTheServerSentIsDropped) {
  EXPECT_TRUE(rc::check([] {
    const ServerVersion version = any_version();
    FakeApiPort server{version};
    fill(server);
    const Json config = server.streams["M"].config;
    const Plan plan = plan_for(server, version, any_config(), any_allowed());
    if (!plan.has_changes())
      return;
    for (const auto& [key, value] : config.items())
      RC_ASSERT(plan.streams[0].request.contains(key));
    RC_ASSERT(!plan.streams[0].request["subjects"].empty());
    if (version < ServerVersion{2, 10, 0})
      RC_ASSERT(!plan.streams[0].request.contains("compression"));
  }));
}

}  // namespace
}  // namespace unified::jetstream
