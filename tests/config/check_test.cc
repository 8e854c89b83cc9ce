#include "config/check.h"

#include <set>

#include <gtest/gtest.h>

#include "config/rule.h"

namespace unified::config {
namespace {

const Variable& row(std::string_view name) {
  const Variable* variable = find_variable(name);
  EXPECT_NE(variable, nullptr) << name;
  return *variable;
}

bool accepts(std::string_view name, std::string_view text) {
  return !fault(row(name), text).has_value();
}

TEST(VariablesTest, NamesAreUnique) {
  std::set<std::string_view> seen;
  for (const std::string_view name : variable_names())
    EXPECT_TRUE(seen.insert(name).second) << name;
}

TEST(VariablesTest, EveryDefaultPassesItsOwnRuleAndEveryRowHasHelp) {
  for (const Group& group : variable_groups())
    for (const Variable& variable : group.variables) {
      EXPECT_FALSE(variable.help.empty()) << variable.name;
      if (!variable.default_text.empty() && variable.ours()) {
        EXPECT_EQ(fault(variable, variable.default_text), std::nullopt) << variable.name;
      }
    }
}

TEST(VariablesTest, EveryBoundOfEveryRuleIsReadable) {
  const std::set<Type> numbers{Type::kInt, Type::kSize, Type::kDockerSize, Type::kDuration,
                               Type::kPort};
  for (const Group& group : variable_groups())
    for (const Variable& variable : group.variables)
      for (const std::string& part :
           rule_words(numbers.contains(variable.type) ? variable.rule : "")) {
        const std::size_t dots = part.find("..");
        EXPECT_TRUE(number_of(variable.type, part.substr(0, dots))) << variable.name;
        if (dots != std::string::npos && dots + 2 < part.size()) {
          EXPECT_TRUE(number_of(variable.type, part.substr(dots + 2))) << variable.name;
        }
      }
}

struct Case {
  std::string_view name;
  std::vector<std::string> good;
  std::vector<std::string> bad;
};

TEST(CheckTest, TakesAndRefuses) {
  const std::string hash = "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdi17lhWy";
  const std::vector<Case> cases{
      {"NATS_PORT",
       {"1", "65535"},
       {"0", "65536", "-1", "1.0", "0x10", " 1", "tcp://10.0.0.1:4222"}},
      {"NATS_DEBUG", {"true", "OFF", "1", "Yes"}, {"ture", "2", "t", " true"}},
      {"JETSTREAM_MAX_FILE",
       {"0", "1073741824", "1GB", "64K", "1gib"},
       {"-1", "1XB", "1.5GB", "1 GB", "8EiB", "1e6"}},
      {"STREAM_MAX_BYTES", {"-1", "0", "1GB"}, {"-2", "-1GB"}},
      {"LOG_MAX_SIZE", {"50m", "1g", "10"}, {"0", "50x"}},
      {"NATS_MAX_PAYLOAD", {"1", "64MB", "67108864"}, {"0", "67108865"}},
      {"STREAM_MAX_AGE", {"0", "7200", "2h", "7d", "100ms"}, {"99ms", "-1", "2 h", "forever"}},
      {"JETSTREAM_SYNC_INTERVAL", {"always", "2m", "10"}, {"0", "never"}},
      {"STREAM_REPLICAS", {"1", "3", "5"}, {"0", "2", "01"}},
      {"LOG_LEVEL", {"info", "INFO", "Warning", "warn"}, {"loud"}},
      {"RECONCILE_ALLOW", {"lossy", "lossy, recreate"}, {"all"}},
      {"NATS_SERVER_NAME",
       {"a", "n-1.example", "süd"},
       {"a b", "a\"b", "a\\b", "a\nb", "a\x7F", "\xFF"}},
      {"JETSTREAM_DOMAIN", {"hub", "hub-eu"}, {"a.b", "*", ">", "a b"}},
      {"STREAM_NAME", {"MARKET_DATA", "a-1"}, {"a.b", "a b", "ä", std::string(256, 'a')}},
      {"STREAM_SUBJECTS",
       {"a.>", "a.*.c, b", "$KV.x.>", "$JS.ACK.>", "a>b.c"},
       {">", "a..b", ".a", "a.", "a.>.b", "a b", "$JS.API.>", "$JS.>", "*.API.x", "*.>", "$SYS.x",
        ","}},
      {"NATS_HOST",
       {"0.0.0.0", "::", "::1", "fe80::1%eth0", "localhost", "node-1.example.org", "nats_unified"},
       {"256.0.0.1", "1.2.3", "[::1]", "a b", "a/b", "a\"b", "a..b", "a:1"}},
      {"NATS_CLIENT_ADVERTISE",
       {"a:4222", "a", "[::1]:4222", "10.0.0.1:1"},
       {"a:", "a:0", "a:70000", "nats://a:1", "[::1"}},
      {"NATS_AUTH_USERNAME", {"a b", "a\"b\n\\", "$2a$10$x", "\x01"}, {"\xC3"}},
      {"NATS_AUTH_PASSWORD", {"p", "a\nb", hash, "$2a$junk"}, {"$2a$10$abc", hash + "x", "\xFF"}},
      {"NATS_AUTH_TOKEN", {"t", "$2a$junk"}, {hash, "$2b$12$"}},
      {"NATS_CLUSTER_PASSWORD", {"p"}, {hash, "$2y$10$abc"}},
      {"NATS_CLUSTER_ROUTES",
       {"nats://a:1,nats-route://u:p@b:2", "NATS://[::1]:1"},
       {"a:1", "nats://a", "tls://a:1", ","}},
      {"NATS_URL",
       {"nats://a", "tls://u:p%40@a:1", "nats://t@a:1"},
       {"http://a", "nats://", "nats://u:p/w@a:1", "nats://a b"}},
      {"NATS_MONITOR_URL", {"http://a:8222/x", "https://a"}, {"nats://a", "a:1"}},
      {"ALERT_SMTP_URL", {"smtp://a:25", "smtps://u:p@a"}, {"http://a"}},
      {"JETSTREAM_STORE_DIR", {"/data", "a b"}, {"a\nb"}},
  };
  for (const Case& test : cases) {
    for (const std::string& text : test.good)
      EXPECT_TRUE(accepts(test.name, text)) << test.name << " refuses " << text;
    for (const std::string& text : test.bad)
      EXPECT_FALSE(accepts(test.name, text)) << test.name << " takes " << text;
  }
}

}  // namespace
}  // namespace unified::config
