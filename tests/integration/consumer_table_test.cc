// Every row of the table of consumer fields against real servers: what we say of a change, and
// that the server does behave so.
#include <algorithm>

#include <gtest/gtest.h>

#include "integration/consumer_rows.h"
#include "jetstream/classify_consumer.h"
#include "jetstream/consumer_fields.h"
#include "support/bare_server.h"
#include "support/nats_client.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;
using jetstream::Change;
using jetstream::ConsumerState;
using jetstream::ConsumerVerdict;
using jetstream::Field;
using nlohmann::json;

constexpr int kConsumerNotFound = 10014;

/// `%` becomes the name, `%%` a percent sign.
json members(std::string text, const std::string& name) {
  for (std::size_t at = text.find('%'); at != std::string::npos; at = text.find('%', at)) {
    const bool percent = text.compare(at, 2, "%%") == 0;
    text.replace(at, percent ? 2 : 1, percent ? "%" : name);
    at += percent ? 1 : name.size();
  }
  return json::parse("{" + text + "}");
}

class ConsumerTableTest : public ServerTest {
 public:
  void SetUp() override {
    ServerTest::SetUp();
    if (IsSkipped() || HasFatalFailure())
      return;
    bare_ = std::make_unique<BareServer>(BareServerOptions{.server = server()});
    connect();
  }

 protected:
  void connect() {
    nats::ConnectOptions options;
    options.url = bare_->url();
    client_ = std::make_unique<NatsClient>(std::move(options));
  }

  [[nodiscard]] bool is_2_9() const { return server().version < ServerVersion{2, 10, 0}; }

  [[nodiscard]] const ConsumerExpected& expected(const ConsumerRow& row) const {
    if (is_2_9())
      return row.on_2_9;
    return server().version < ServerVersion{2, 11, 0} ? row.on_2_10 : row.on_2_15;
  }

  void create_stream(const std::string& name, const std::string& retention) {
    client_->api_ok(
        "STREAM.CREATE." + name,
        {{"name", name}, {"subjects", {name + ".a", name + ".b"}}, {"retention", retention}});
  }

  /// Asks for exactly that, in the form that we send.
  json put(const std::string& stream,
           const std::string& name,
           const json& config,
           const char* action) {
    json request = jetstream::consumer_request(config);
    request["durable_name"] = name;
    return client_->api("CONSUMER.DURABLE.CREATE." + stream + "." + name,
                        {{"stream_name", stream}, {"config", request}, {"action", action}});
  }

  json info(const std::string& stream) { return client_->api("CONSUMER.INFO." + stream + ".C"); }

  ConsumerState state(const std::string& stream, const json& info) {
    ConsumerState state{.stream = stream, .name = "C", .config = info.at("config")};
    state.delivered_consumer_seq = info.at("delivered").at("consumer_seq");
    state.ack_floor_stream_seq = info.at("ack_floor").at("stream_seq");
    state.pending = info.at("num_pending");
    state.ack_pending = info.at("num_ack_pending");
    return state;
  }

  /// Delivers four, acknowledges two.
  void consume(const std::string& stream) {
    auto& connection = client_->connection();
    for (int i = 0; i < 4; ++i)
      ASSERT_TRUE(connection.request("$JS.API.CONSUMER.MSG.NEXT." + stream + ".C", "", 5s));
    const json config = info(stream)["config"];
    const bool every_second = config.contains("filter_subject");
    for (int i = 1; i <= 2; ++i)
      ASSERT_TRUE(connection.request("$JS.ACK." + stream + ".C.1." +
                                         std::to_string(every_second ? 2 * i - 1 : i) + "." +
                                         std::to_string(i) + ".0.0",
                                     "+ACK", 5s));
  }

  void prepare(const ConsumerRow& row) {
    const bool has_rival = row.retention == "workqueue+";
    create_stream(row.name, has_rival ? "workqueue" : row.retention);
    const json config = members(row.before, row.name);
    ASSERT_FALSE(put(row.name, "C", config, "create").contains("error")) << row.name;
    // Loaded first at the server's start, by its name.
    if (has_rival)
      put(row.name, "A", {{"ack_policy", "explicit"}, {"filter_subject", row.name + ".b"}},
          "create");
    for (int i = 0; i < 10; ++i)
      ASSERT_TRUE(client_->publish(row.name + (i % 2 == 0 ? ".a" : ".b"), "m"));
    if (!config.contains("deliver_subject"))
      consume(row.name);
  }

  jetstream::StreamState stream_state(const std::string& name) {
    const json info = client_->api_ok("STREAM.INFO." + name);
    return {.name = name,
            .config = info["config"],
            .messages = info["state"]["messages"],
            .consumers = info["state"]["consumer_count"]};
  }

  std::vector<ConsumerState> siblings(const std::string& stream) {
    std::vector<ConsumerState> all;
    const json page = client_->api_ok("CONSUMER.LIST." + stream);
    for (const json& each : page["consumers"])
      all.push_back({.stream = stream, .name = each["name"], .config = each["config"]});
    return all;
  }

  static int severity(Change change) {
    const std::vector<Change> order{Change::kKeep, Change::kSafe, Change::kLossy,
                                    Change::kImmutable};
    return static_cast<int>(std::ranges::find(order, change) - order.begin());
  }

  /// The worst of all declared fields.
  Change judge(const ConsumerRow& row) {
    const jetstream::StreamState stream = stream_state(row.name);
    const ConsumerState before = state(row.name, info(row.name));
    const std::vector<ConsumerState> others = siblings(row.name);
    jetstream::ConsumerSpec spec{.stream = row.name, .name = "C"};
    spec.config = members(row.declared, row.name);
    const json wanted = jetstream::overlaid_consumer(before.config, spec.config);
    Change worst = Change::kKeep;
    for (const Field& field : jetstream::consumer_fields()) {
      const json from = jetstream::consumer_value_in(field, before.config, stream.config);
      const json to = jetstream::consumer_value_in(field, wanted, stream.config);
      if (same_meaning(field, from, to))
        continue;
      const ConsumerVerdict verdict = classify_consumer_field(field, {.from = from,
                                                                      .to = to,
                                                                      .state = before,
                                                                      .spec = spec,
                                                                      .stream = &stream,
                                                                      .version = server().version,
                                                                      .clustered = false,
                                                                      .siblings = others});
      EXPECT_EQ(verdict.change == Change::kSafe, verdict.why.empty()) << field.name;
      if (severity(verdict.change) > severity(worst))
        worst = verdict.change;
    }
    return worst;
  }

  /// Fields of `config` whose meaning is not the one declared.
  static std::string differences(const json& config, const json& declared, const json& stream) {
    const json wanted = jetstream::overlaid_consumer(config, declared);
    std::string names;
    for (const Field& field : jetstream::consumer_fields())
      if (!same_meaning(field, consumer_value_in(field, config, stream),
                        consumer_value_in(field, wanted, stream)))
        names += std::string{field.name} + " ";
    return names;
  }

  void force(const ConsumerRow& row) {
    const ConsumerExpected& expect = expected(row);
    const jetstream::StreamState stream = stream_state(row.name);
    const json before = info(row.name);
    const json declared = members(row.declared, row.name);
    const json answer =
        put(row.name, "C", jetstream::overlaid_consumer(before["config"], declared), "update");
    const int said = answer.contains("error") ? answer["error"]["err_code"].get<int>() : 0;
    EXPECT_EQ(said, expect.refused) << row.name << ": " << answer.dump();
    const json after = info(row.name);
    EXPECT_EQ(differences(after["config"], declared, stream.config).empty(), expect.echoed)
        << row.name << ": " << after["config"].dump();
    EXPECT_EQ(after["delivered"], before["delivered"]) << row.name;
    EXPECT_EQ(after["ack_floor"], before["ack_floor"]) << row.name;
    EXPECT_EQ(stream_state(row.name).messages, expect.left < 0 ? stream.messages : expect.left)
        << row.name;
    before_restart_[row.name] = after;
  }

  void expect_after_restart(const ConsumerRow& row) {
    using After = ConsumerExpected::After;
    const json after = info(row.name);
    if (expected(row).after == After::kGone) {
      ASSERT_TRUE(after.contains("error")) << row.name << ": " << after.dump();
      EXPECT_EQ(after["error"]["err_code"], kConsumerNotFound);
      return;
    }
    ASSERT_FALSE(after.contains("error")) << row.name << ": " << after.dump();
    const bool anew = expected(row).after == After::kAnew;
    // Without its messages an interest consumer's floor moves up to what it has delivered.
    EXPECT_EQ(after["delivered"]["consumer_seq"],
              anew ? json(0) : before_restart_[row.name]["delivered"]["consumer_seq"])
        << row.name;
  }

  std::unique_ptr<BareServer> bare_;
  std::unique_ptr<NatsClient> client_;
  std::map<std::string, json> before_restart_;
};

TEST_P(ConsumerTableTest, ServersDoWhatWeSayOfAChange) {
  const std::vector<ConsumerRow> rows = consumer_rows();
  for (const ConsumerRow& row : rows)
    prepare(row);
  for (const ConsumerRow& row : rows)
    EXPECT_EQ(to_text(judge(row)), to_text(expected(row).change)) << row.name;
  for (const ConsumerRow& row : rows)
    force(row);
  bare_->process().send(SIGINT);
  ASSERT_TRUE(bare_->process().wait(10s));
  bare_->restart();
  connect();
  for (const ConsumerRow& row : rows)
    expect_after_restart(row);
}

TEST_P(ConsumerTableTest, WhatMeansTheSameIsNoDrift) {
  std::vector<std::string> configs = consumer_meanings();
  if (!is_2_9())
    std::ranges::copy(young_consumer_meanings(), std::back_inserter(configs));
  for (std::size_t i = 0; i < configs.size(); ++i) {
    const std::string name = "S" + std::to_string(i);
    create_stream(name, "limits");
    const json declared = members(configs[i], name);
    const json answer = put(name, "C", declared, "create");
    ASSERT_FALSE(answer.contains("error")) << configs[i] << answer.dump();
    const json config = info(name)["config"];
    EXPECT_EQ(differences(config, declared, stream_state(name).config), "")
        << configs[i] << " came back as " << config.dump();
    for (const auto& [key, value] : declared.items())
      if (const Field* field = jetstream::find_consumer_field(key))
        EXPECT_EQ(classify_consumer_creation(*field, declared, server().version, false).change,
                  Change::kSafe)
            << configs[i];
  }
}

TEST_P(ConsumerTableTest, TheStreamsLimitsAreNoDrift) {
  if (is_2_9())
    GTEST_SKIP() << "nats-server 2.9 has no consumer_limits";
  const json limits{{"max_ack_pending", 10}, {"inactive_threshold", 3'600'000'000'000}};
  client_->api_ok("STREAM.CREATE.S",
                  {{"name", "S"}, {"subjects", {"S.a"}}, {"consumer_limits", limits}});
  const json declared{
      {"ack_policy", "explicit"}, {"max_ack_pending", 0}, {"inactive_threshold", 0}};
  put("S", "C", declared, "create");
  const json config = info("S")["config"];
  EXPECT_EQ(config["max_ack_pending"], 10);
  EXPECT_EQ(differences(config, declared, stream_state("S").config), "");
}

TEST_P(ConsumerTableTest, ServersRefuseOrLeaveOutWhatWeRefuseAtCreation) {
  create_stream("S", "limits");
  int number = 0;
  for (const char* text : {R"("num_replicas":3)", R"("backoff":[1000000000])",
                           R"("metadata":{"a":"b"})", R"("filter_subjects":["S.a","S.b"])",
                           R"("priority_policy":"overflow","priority_groups":["g"])",
                           R"("pause_until":"2035-01-01T00:00:00Z")"}) {
    json declared = members(text, "S");
    declared["ack_policy"] = "explicit";
    const std::string name = "C" + std::to_string(++number);
    const bool refused_by_us = std::ranges::any_of(declared.items(), [&](const auto& member) {
      const Field& field = *jetstream::find_consumer_field(member.key());
      return classify_consumer_creation(field, declared, server().version, false).change ==
             Change::kImmutable;
    });
    const json answer = put("S", name, declared, "create");
    const bool taken = !answer.contains("error") &&
                       differences(answer["config"], declared, json::object()).empty();
    EXPECT_EQ(refused_by_us, !taken) << text << ": " << answer.dump();
  }
}

UNIFIED_ON_EVERY_SERVER(ConsumerTableTest);

}  // namespace
}  // namespace unified::test
