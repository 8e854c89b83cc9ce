// Every row of the mutability table against real servers: the plan's class, what is applied, the
// messages before, after and after a restart, and that the server does behave so.
#include <algorithm>
#include <map>

#include <gtest/gtest.h>

#include "integration/field_rows.h"
#include "jetstream/fields.h"
#include "jetstream/manifest.h"
#include "jetstream/reconciler.h"
#include "support/bare_server.h"
#include "support/nats_client.h"
#include "support/wait_until.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;
using jetstream::Change;
using nlohmann::json;

constexpr int kNotFound = 10059;

std::string with_name(std::string text, const std::string& name) {
  for (std::size_t at = text.find('%'); at != std::string::npos; at = text.find('%', at))
    text.replace(at, 1, name);
  return text;
}

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

class FieldTableTest : public ServerTest {
 public:
  void SetUp() override {
    ServerTest::SetUp();
    if (IsSkipped() || HasFatalFailure())
      return;
    bare_ = std::make_unique<BareServer>(BareServerOptions{.server = server()});
    connect();
    for (const char* origin : {"ORIGIN", "OTHER"})
      fill(create(origin, ""), 10);
  }

 protected:
  void connect() {
    nats::ConnectOptions options;
    options.url = bare_->url();
    client_ = std::make_unique<NatsClient>(std::move(options));
  }

  [[nodiscard]] const Expected& expected(const Row& row) const {
    if (server().version < ServerVersion{2, 10, 0})
      return row.on_2_9;
    return server().version < ServerVersion{2, 11, 0} ? row.on_2_10 : row.on_2_15;
  }

  /// A server that knows a field must be asked only for what it knows: 2.15 refuses unknown ones.
  std::string create(const std::string& name, const std::string& members) {
    json config{{"name", name}, {"subjects", {name + ".>"}}};
    config.update(json::parse("{" + with_name(members, name) + "}"));
    if (config["subjects"].is_null())
      config.erase("subjects");
    client_->api_ok("STREAM.CREATE." + name, config);
    return name;
  }

  void fill(const std::string& name, int messages) {
    for (int i = 0; i < messages; ++i)
      ASSERT_TRUE(client_->publish(name + (i % 2 == 0 ? ".a" : ".b"), "m")) << name;
  }

  /// Messages in the stream, or Expected::kGone.
  int count(const std::string& name) {
    const json info = client_->api("STREAM.INFO." + name);
    if (!info.contains("error"))
      return info["state"]["messages"];
    EXPECT_EQ(info["error"]["err_code"], kNotFound) << name;
    return Expected::kGone;
  }

  void expect_count(const std::string& name, int wanted, const char* when) {
    const auto matches = [&] {
      const int now = count(name);
      return wanted == Expected::kSome ? now > 0 && now < 10 : now == wanted;
    };
    EXPECT_TRUE(wait_until(5s, matches))
        << name << ", " << when << ": " << count(name) << " messages, expected " << wanted;
  }

  void prepare(const Row& row) {
    create(row.name, row.before);
    const bool is_fed_by_others = row.before.find(R"("subjects":null)") != std::string::npos;
    if (!is_fed_by_others)
      fill(row.name, std::min(row.stored, 10));
    expect_count(row.name, row.stored, "filled");
    if (!row.after.empty())
      update(row.name, json::parse("{" + row.after + "}"));
  }

  json update(const std::string& name, const json& changes) {
    json config = client_->api_ok("STREAM.INFO." + name)["config"];
    config.update(changes);
    for (const auto& [key, value] : changes.items())
      if (value.is_structured() && value.empty())
        config.erase(key);
    return client_->api("STREAM.UPDATE." + name, config);
  }

  /// The server must behave as the plan believes: the refused update is sent to a twin of the row.
  void force(const Row& row) {
    const Expected& expect = expected(row);
    if (expect.forced == Expected::kNotAsked)
      return;
    const Row twin{.name = row.name + "-forced",
                   .before = row.before,
                   .declared = row.declared,
                   .on_2_9 = {},
                   .on_2_10 = {},
                   .on_2_15 = {},
                   .stored = row.before.find(R"("subjects":null)") == std::string::npos
                                 ? std::min(row.stored, 3)
                                 : row.stored,
                   .after = row.after};
    prepare(twin);
    const json answer = update(twin.name, specs({twin}).front().config);
    const int said = answer.contains("error") ? answer["error"]["err_code"].get<int>() : 0;
    EXPECT_EQ(said, expect.forced) << row.name << ": " << answer.dump();
  }

  static std::vector<jetstream::StreamSpec> specs(const std::vector<Row>& rows) {
    std::string text = "streams:\n";
    for (const Row& row : rows) {
      const bool has_subjects = row.declared.find("subjects: ") != std::string::npos;
      text += with_name("  - {name: %, " + std::string{has_subjects ? "" : "subjects: [%.>], "} +
                            row.declared + "}\n",
                        row.name);
    }
    const auto manifest = jetstream::parse_manifest(text, "rows.yaml", {});
    EXPECT_TRUE(manifest.ok()) << (manifest ? "" : manifest.error().front());
    return manifest ? manifest->streams : std::vector<jetstream::StreamSpec>{};
  }

  jetstream::ReconcileReport reconcile(const std::vector<Row>& rows, bool allowed) {
    return jetstream::reconcile(client_->connection(), {specs(rows), {}},
                                {.allowed = {.lossy = allowed, .irreversible = allowed},
                                 .version = server().version,
                                 .clustered = false,
                                 .mode = jetstream::ReconcileMode::kStart,
                                 .timeout = 5s,
                                 .now_unix_ns = now_ns(),
                                 .evidence = {}});
  }

  void expect_settled(const jetstream::ReconcileReport& report) {
    EXPECT_FALSE(report.remaining.has_changes()) << to_text(report.remaining);
    for (const jetstream::StreamProblem& problem : report.problems)
      ADD_FAILURE() << problem.message;
  }

  void run(const std::vector<Row>& rows);

  std::unique_ptr<BareServer> bare_;
  std::unique_ptr<NatsClient> client_;
};

void FieldTableTest::run(const std::vector<Row>& rows) {
  for (const Row& row : rows)
    prepare(row);
  for (const Row& row : rows)
    force(row);
  // Old enough for the row that sets max_age.
  const std::int64_t filled = now_ns();
  ASSERT_TRUE(wait_until(5s, [&] { return now_ns() - filled > 200'000'000; }));

  const auto careful = reconcile(rows, false);
  expect_settled(careful);
  ASSERT_GE(careful.plan.streams.size(), rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(to_text(careful.plan.streams[i].change), to_text(expected(rows[i]).change))
        << to_text(jetstream::Plan{.streams = {careful.plan.streams[i]}});
    const bool grows = expected(rows[i]).change == Change::kSafe;
    expect_count(rows[i].name, grows ? expected(rows[i]).left : rows[i].stored, "nothing allowed");
  }

  expect_settled(reconcile(rows, true));
  for (const Row& row : rows)
    expect_count(row.name, expected(row).left, "all allowed");

  bare_->restart();
  connect();
  for (const Row& row : rows) {
    expect_count(row.name, expected(row).later, "restarted");
    if (expected(row).forced == 0 && row.stored == 10 && expected(row).forced_later != 3)
      expect_count(row.name + "-forced", expected(row).forced_later, "forced and restarted");
  }
  const auto again = reconcile(rows, true);
  EXPECT_TRUE(again.done.empty());
  expect_settled(again);
}

TEST_P(FieldTableTest, LimitsAndSubjects) {
  run(limit_rows());
}

TEST_P(FieldTableTest, Features) {
  run(feature_rows());
}

TEST_P(FieldTableTest, MirrorsAndSources) {
  run(origin_rows());
}

TEST_P(FieldTableTest, WhatMeansTheSameIsNoDrift) {
  run(meaning_rows());
}

UNIFIED_ON_EVERY_SERVER(FieldTableTest);

}  // namespace
}  // namespace unified::test
