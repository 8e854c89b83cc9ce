#include "health/check_formats.h"

#include <gtest/gtest.h>

#include "health/resources.h"

namespace unified::health {
namespace {

using std::chrono::milliseconds;

const std::vector<Check> kMixed{{"connectivity", Status::kPass, "connected", milliseconds{4}},
                                {"storage", Status::kWarn, "91 % used | full soon", {}},
                                {"stream", Status::kFail, "missing: \"A\"\nand B", {}}};

TEST(CheckFormatsTest, JsonComesBackAsItWas) {
  const auto back = parse_checks(to_json(kMixed));

  ASSERT_TRUE(back);
  ASSERT_EQ(back->size(), kMixed.size());
  for (std::size_t i = 0; i < kMixed.size(); ++i) {
    EXPECT_EQ((*back)[i].name, kMixed[i].name);
    EXPECT_EQ((*back)[i].status, kMixed[i].status);
    EXPECT_EQ((*back)[i].message, kMixed[i].message);
    EXPECT_EQ((*back)[i].took, kMixed[i].took);
  }
}

TEST(CheckFormatsTest, OtherTextIsNoListOfChecks) {
  for (const char* text :
       {"", "[]", "{}", R"({"checks":1})", R"({"checks":[1]})",
        R"({"checks":[{"name":"x","status":"fine"}]})", R"({"checks":[{"status":"pass"}]})"})
    EXPECT_FALSE(parse_checks(text)) << text;
}

TEST(CheckFormatsTest, NagiosHasOneLineWithTheWorstStatusAndItsNumber) {
  const NagiosAnswer mixed = to_nagios("nats_full", kMixed);
  EXPECT_EQ(mixed.exit_code, 2);
  EXPECT_EQ(
      mixed.line,
      "nats_full CRITICAL Warn:storage: 91 % used   full soon Crit:stream: missing: \"A\" and "
      "B | connectivity=0.004s storage=0.000s stream=0.000s\n");

  EXPECT_EQ(to_nagios("x", {kMixed[1]}).exit_code, 1);
  const NagiosAnswer good = to_nagios("x", {kMixed[0]});
  EXPECT_EQ(good.exit_code, 0);
  EXPECT_EQ(good.line, "x OK OK:connectivity: connected | connectivity=0.004s\n");
  EXPECT_EQ(unknown_to_nagios("x", "no | answer").exit_code, 3);
  EXPECT_EQ(unknown_to_nagios("x", "no | answer").line, "x UNKNOWN no   answer\n");
}

TEST(CheckFormatsTest, PrometheusHasTheNagiosNumberAndTheTime) {
  const std::string text = to_prometheus("a\"b", {kMixed[0], kMixed[2]});

  EXPECT_NE(text.find("# TYPE nats_server_check_connectivity_status_code gauge\n"),
            std::string::npos);
  EXPECT_NE(text.find(R"(nats_server_check_connectivity_status_code{item="a\"b",status="OK"} 0)"
                      "\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find(R"(nats_server_check_stream_status_code{item="a\"b",status="CRITICAL"} 2)"
                      "\n"),
            std::string::npos);
  EXPECT_NE(text.find(R"(nats_server_check_connectivity_seconds{item="a\"b"} 0.004)"
                      "\n"),
            std::string::npos);
}

constexpr const char* kVarz = R"({"connections":%c,"max_connections":10,"slow_consumers":%s,
  "jetstream":{"config":{"max_storage":100,"max_memory":100},"stats":{"storage":%f,"memory":1}}})";

std::string varz(int connections, int slow, int storage) {
  std::string text = kVarz;
  for (const auto& [mark, value] : {std::pair{"%c", connections}, {"%s", slow}, {"%f", storage}})
    text.replace(text.find(mark), 2, std::to_string(value));
  return text;
}

TEST(ResourcesTest, EachLimitCountsByItself) {
  EXPECT_EQ(resources_check(varz(1, 0, 1)).status, Status::kPass);
  EXPECT_EQ(resources_check(varz(9, 0, 1)).status, Status::kWarn);
  EXPECT_EQ(resources_check(varz(10, 0, 1)).status, Status::kFail);
  EXPECT_EQ(resources_check(varz(1, 3, 1)).status, Status::kWarn);
  EXPECT_EQ(resources_check(varz(1, 0, 90)).status, Status::kWarn);
  EXPECT_EQ(resources_check(varz(1, 0, 100)).status, Status::kFail);
  EXPECT_EQ(resources_check("<html>").status, Status::kFail);
  EXPECT_EQ(resources_check("{}").status, Status::kPass);
}

TEST(AdviceTest, EveryFailureOfVerifyHasAHintAndNoSuccessHasOne) {
  for (const char* name : {"connect", "monitoring", "jetstream", "streams", "datatypes", "config",
                           "resources", "storage", "publish", "flow"}) {
    EXPECT_FALSE(advice({name, Status::kFail, "", {}}).empty()) << name;
    EXPECT_TRUE(advice({name, Status::kPass, "", {}}).empty()) << name;
  }
}

}  // namespace
}  // namespace unified::health
