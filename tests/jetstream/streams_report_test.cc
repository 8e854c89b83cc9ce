#include "jetstream/streams_report.h"

#include <gtest/gtest.h>

#include "jetstream/flow.h"
#include "jetstream/round_trip.h"
#include "support/fake_api_port.h"

namespace unified::jetstream {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using test::FakeApiPort;

StreamSpec spec(const std::string& name, const std::vector<std::string>& subjects) {
  return {name, {{"name", name}, {"subjects", subjects}}, "test"};
}

StreamsReport report_on(FakeApiPort& port, const std::vector<StreamSpec>& desired) {
  ReconcileOptions options;
  options.version = {2, 10, 27};
  options.mode = ReconcileMode::kPlanOnly;
  return judge_streams(desired, reconcile(port, {desired, {}}, options));
}

TEST(StreamsReportTest, AMissingStreamIsAnErrorThatSaysWhatToDo) {
  FakeApiPort port;
  const StreamsReport report = report_on(port, {spec("S", {"a.>"})});

  ASSERT_EQ(report.streams.size(), 1U);
  EXPECT_TRUE(report.has_errors());
  EXPECT_EQ(problems_text(report), "error: stream S does not exist; `init` creates it\n");
  EXPECT_NE(to_text(report, {}).find("MISSING"), std::string::npos);
}

TEST(StreamsReportTest, ASubjectThatNobodyStoresIsAnErrorByName) {
  FakeApiPort port;
  port.add({{"name", "S"}, {"subjects", {"a.>"}}});
  const StreamsReport report = report_on(port, {spec("S", {"a.>", "b.>"})});

  EXPECT_TRUE(report.has_errors());
  EXPECT_EQ(report.streams[0].unbound_subjects, std::vector<std::string>{"b.>"});
  EXPECT_NE(to_text(report, {}).find("1/2"), std::string::npos) << to_text(report, {});
}

TEST(StreamsReportTest, AnotherLimitAndANearlyFullStreamAreWarnings) {
  FakeApiPort port;
  auto& stream = port.add({{"name", "S"}, {"subjects", {"a.>"}}, {"max_msgs", 10}});
  stream.messages = 8;
  StreamSpec wanted = spec("S", {"a.>"});
  wanted.config["max_msgs"] = 20;
  const StreamsReport report = report_on(port, {wanted});

  EXPECT_FALSE(report.has_errors()) << problems_text(report);
  ASSERT_EQ(report.streams[0].warnings.size(), 2U);
  EXPECT_NE(problems_text(report).find("differs from its declaration in: max_msgs"),
            std::string::npos);
  EXPECT_NE(problems_text(report).find("at 80 % of max_msgs (8 of 10 messages)"), std::string::npos)
      << problems_text(report);
}

TEST(StreamsReportTest, UndeclaredStreamsAreShownLastAndNotJudged) {
  FakeApiPort port;
  port.add({{"name", "A"}, {"subjects", {"other.>"}}});
  port.add({{"name", "S"}, {"subjects", {"a.>"}}});
  const StreamsReport report = report_on(port, {spec("S", {"a.>"})});

  ASSERT_EQ(report.streams.size(), 2U);
  EXPECT_EQ(report.streams[1].name, "A");
  EXPECT_FALSE(report.streams[1].declared);
  EXPECT_FALSE(report.has_errors());
  EXPECT_FALSE(report.has_warnings());
  EXPECT_EQ(to_json(report, 0)["status"], "pass");
}

/// Answers by verb; what is not there is "stream not found".
class ScriptedPort : public ApiPort {
 public:
  std::map<std::string, std::vector<json>> answers;  ///< the last one stays
  std::vector<std::string> requests;

  Result<std::string> request(const std::string& subject,
                              const std::string& payload,
                              std::chrono::milliseconds) override {
    requests.push_back(subject + " " + payload);
    for (auto& [prefix, list] : answers)
      if (subject.starts_with(prefix)) {
        const json answer = list.front();
        if (list.size() > 1)
          list.erase(list.begin());
        if (answer.is_null())
          return Error{"timeout"};
        return answer.dump();
      }
    return json{{"error", {{"code", 404}, {"err_code", 10059}, {"description", "not found"}}}}
        .dump();
  }
  [[nodiscard]] std::size_t count(const std::string& prefix) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        requests, [&](const std::string& request) { return request.starts_with(prefix); }));
  }
};

json newest(int sequence) {
  return {{"message", {{"seq", sequence}, {"time", "2026-11-21T07:00:00Z"}, {"subject", "a.x"}}}};
}

TEST(StreamsReportTest, DetailsCountEverySubjectOverAllPages) {
  ScriptedPort port;
  port.answers["$JS.API.STREAM.MSG.GET."] = {newest(7)};
  port.answers["$JS.API.STREAM.INFO."] = {
      {{"total", 3}, {"state", {{"subjects", {{"a.x", 2}, {"a.y", 3}}}}}},
      {{"total", 3}, {"state", {{"subjects", {{"a.z", 4}}}}}}};
  const auto state = subject_state(port, "S", "a.>", 1s);

  ASSERT_TRUE(state) << state.error().message;
  EXPECT_EQ(state->messages, 9);
  EXPECT_EQ(state->subjects, 3);
  EXPECT_EQ(state->last_seq, 7);
}

TEST(StreamsReportTest, ConsumersComeWithTheirLagAndFilters) {
  ScriptedPort port;
  port.answers["$JS.API.CONSUMER.LIST."] = {
      {{"total", 2},
       {"consumers",
        {{{"name", "z"}, {"num_pending", 5}, {"config", {{"filter_subject", "a.x"}}}},
         {{"name", "b"},
          {"num_ack_pending", 1},
          {"num_redelivered", 2},
          {"config", {{"filter_subjects", {"a.x", "a.y"}}}}}}}}};
  const auto consumers = consumer_reports(port, "S", 1s);

  ASSERT_TRUE(consumers);
  ASSERT_EQ(consumers->size(), 2U);
  EXPECT_EQ((*consumers)[0].name, "b");
  EXPECT_EQ((*consumers)[0].filters.size(), 2U);
  EXPECT_EQ((*consumers)[0].ack_pending, 1);
  EXPECT_EQ((*consumers)[1].pending, 5);
}

TEST(FlowWatchTest, OnlyASubjectWhoseNewestMessageIsAnotherOneFlows) {
  ScriptedPort port;
  port.answers["$JS.API.STREAM.MSG.GET.MOVING"] = {newest(7), newest(8)};
  port.answers["$JS.API.STREAM.MSG.GET.STILL"] = {newest(7)};
  FlowWatch watch{port, {spec("MOVING", {"a.>"}), spec("STILL", {"b.>"})}, 1s};
  ASSERT_TRUE(watch.begin());
  EXPECT_FALSE(watch.all_flow());
  ASSERT_TRUE(watch.look());

  EXPECT_TRUE(watch.subjects()[0].flowing);
  EXPECT_FALSE(watch.subjects()[1].flowing);
}

constexpr const char* kOurs = "UNIFIED_VERIFY_t";
const json kStored{{"stream", kOurs}, {"seq", 1}};
const json kRead{
    {"message", {{"data", "dW5pZmllZC12ZXJpZnk="}, {"subject", "unified-verify.t"}, {"seq", 1}}}};

TEST(RoundTripTest, StoresReadsAndRemovesNothingButItsOwn) {
  ScriptedPort port;
  port.answers["$JS.API.STREAM.CREATE."] = {{{"config", json::object()}}};
  port.answers["$JS.API.STREAM.MSG.GET."] = {kRead};
  port.answers["$JS.API.STREAM.DELETE."] = {{{"success", true}}};
  port.answers["unified-verify."] = {kStored};

  EXPECT_TRUE(stored_round_trip(port, "t", 1s));
  for (const std::string& request : port.requests)
    EXPECT_TRUE(request.find(std::string{"."} + kOurs + " ") != std::string::npos ||
                request.starts_with("unified-verify.t "))
        << request;
  EXPECT_EQ(port.count("$JS.API.STREAM.DELETE."), 1U);
}

TEST(RoundTripTest, RemovesItsStreamAlsoWhenAStepFailsOrTheAnswerIsLost) {
  for (const char* step :
       {"$JS.API.STREAM.CREATE.", "$JS.API.STREAM.MSG.GET.", "unified-verify."}) {
    ScriptedPort port;
    port.answers["$JS.API.STREAM.CREATE."] = {{{"config", json::object()}}};
    port.answers["$JS.API.STREAM.MSG.GET."] = {kRead};
    port.answers["$JS.API.STREAM.DELETE."] = {{{"success", true}}};
    port.answers["unified-verify."] = {kStored};
    port.answers[step] = {nullptr};

    EXPECT_FALSE(stored_round_trip(port, "t", 1s)) << step;
    EXPECT_EQ(port.count("$JS.API.STREAM.DELETE."), 1U) << step;
  }
}

TEST(RoundTripTest, DeletesNothingWhenTheServerRefusedToCreate) {
  ScriptedPort port;
  port.answers["$JS.API.STREAM.CREATE."] = {
      {{"error", {{"code", 400}, {"err_code", 10065}, {"description", "subjects overlap"}}}}};

  const auto outcome = stored_round_trip(port, "t", 1s);
  ASSERT_FALSE(outcome);
  EXPECT_NE(outcome.error().message.find("10065"), std::string::npos);
  EXPECT_EQ(port.count("$JS.API.STREAM.DELETE."), 0U);
}

}  // namespace
}  // namespace unified::jetstream
