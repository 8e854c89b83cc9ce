// Every row of the table of consumer fields against real servers: what we say of a change, and
// that the server does behave so.
#include <algorithm>
#include <filesystem>

#include <gtest/gtest.h>

#include "integration/consumer_rows.h"
#include "integration/consumer_server.h"
#include "jetstream/classify_consumer.h"
#include "jetstream/consumer_fields.h"
#include "support/wait_until.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;
using jetstream::Change;
using jetstream::ConsumerState;
using jetstream::ConsumerVerdict;
using jetstream::Field;
using nlohmann::json;

constexpr int kConsumerNotFound = 10014;

class ConsumerTableTest : public ConsumerServerTest {
 protected:
  [[nodiscard]] const ConsumerExpected& expected(const ConsumerRow& row) const {
    if (is_2_9())
      return row.on_2_9;
    return server().version < ServerVersion{2, 11, 0} ? row.on_2_10 : row.on_2_15;
  }

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
    const bool has_begun = before_restart_[row.name]["delivered"]["consumer_seq"] > 0 &&
                           expected(row).after == After::kSame;
    EXPECT_EQ(after["delivered"]["consumer_seq"] > 0, has_begun) << row.name;
  }

  /// Servers write a position a moment later, and now and then not at all when they stop meanwhile.
  bool has_stored_position(const ConsumerRow& row) {
    constexpr std::uintmax_t kOfANewOne = 8;
    const bool has_file = expected(row).after != ConsumerExpected::After::kGone;
    if (!has_file || before_restart_[row.name]["delivered"]["consumer_seq"] == 0)
      return true;
    std::error_code error;
    const auto size = std::filesystem::file_size(
        *directory_ / ("store/jetstream/$G/streams/" + row.name + "/obs/C/o.dat"), error);
    return !error && size > kOfANewOne;
  }

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
  EXPECT_TRUE(wait_until(10s, [&] {
    return std::ranges::all_of(rows, [&](const auto& row) { return has_stored_position(row); });
  }));
  bare_->process().send(SIGINT);
  ASSERT_TRUE(bare_->process().wait(10s));
  bare_->restart();
  connect();
  for (const ConsumerRow& row : rows)
    expect_after_restart(row);
}

UNIFIED_ON_EVERY_SERVER(ConsumerTableTest);

}  // namespace
}  // namespace unified::test
