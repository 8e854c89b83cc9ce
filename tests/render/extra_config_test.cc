#include "render/extra_config.h"

#include <gtest/gtest.h>

#include "render/conf_keys.h"
#include "settings_from_json.h"

namespace unified::render {
namespace {

std::string refusal(std::string_view text) {
  const auto checked = check_extra_config(text, "extra.conf");
  return checked ? "" : checked.error().message;
}

TEST(ExtraConfigTest, TakesWhatWeDoNotRender) {
  EXPECT_EQ(refusal(R"(
# port: 1
// listen: x
system_account: "SYS"   # cluster { }
websocket { port: 9222, no_tls: true }
mqtt = { listen: "0.0.0.0:1883" ; tls { cert_file: 'a"b{' } }
leafnodes {
  remotes: [
    { url: nats://leaf:7422, account: "A" }  // port
    { urls: ["nats://a", 'nats://b'] }
  ]
}
accounts {
  A: { users: [ {user: a, password: "x\"} port: 1 {"} ], mappings: { foo.*: bar.$1, "port": x } }
  W: { mappings: { a: [ {destination: b, weight: 90%}, {destination: c, weight: 10%} ]
                   "d.*": "e.{{wildcard(1)}}" } }
  $SYS { users = [ {user = s, pass = s} ] }
}
server_tags: [ a
  b, c ]
trusted: (
port: 9
 ) no end
)
"max_traced_msg_len": 1k; disable_sublist_cache yes
my_variable: 12h
)"),
            "");
}

TEST(ExtraConfigTest, NamesEveryRefusedKeyWithItsLineAndWhatToSetInstead) {
  EXPECT_EQ(
      refusal("mqtt {\n port: 1883\n}\nPort = 4333\n'log_file' \"/x\"\nhttp_base_path: /n"),
      "extra.conf:4: \"port\" comes from NATS_PORT; extra.conf:5: \"log_file\" comes from "
      "NATS_LOG_FILE; "
      "extra.conf:6: \"http_base_path\" is not possible: the supervisor watches the server there");
}

class RefusedExtraConfigTest : public testing::TestWithParam<const char*> {};

TEST_P(RefusedExtraConfigTest, IsRefused) {
  EXPECT_NE(refusal(GetParam()), "");
}

// Each hides a key from a simpler reader, or is a text that the server might read otherwise.
INSTANTIATE_TEST_SUITE_P(All,
                         RefusedExtraConfigTest,
                         testing::Values("port: 1",
                                         "PORT: 1",
                                         "\"port\": 1",
                                         "'port' 1",
                                         "port\n1",
                                         "a: 1; port: 1",
                                         "a: 1, port: 1",
                                         "{ port: 1 }",
                                         "a {\n}\nport: 1",
                                         "a: \"x\\\"\"; port: 1",
                                         "a: 'x\\'; port: 1",
                                         "a: 1 # (\nport: 1\n)",
                                         "a: 1#(\nport: 1\n)",
                                         "a: 1.2.3.4#x (\nport: 1\n)",
                                         "a: x'; port: 1",
                                         "a: ' # '\nport: 1",
                                         "a: (\n)\nport: 1\n)",
                                         "a: (\nx)\n)\nport: 1",
                                         "# x\rport: 1",
                                         "a: [1, 2] ; port: 1",
                                         "a: [\n# ]\n1]\nport: 1",
                                         "a { b: [ { c: ')' } ] }\nport: 1",
                                         "/ port: 1",
                                         "include x.conf",
                                         "INCLUDE 'x.conf'",
                                         "include? x.conf",
                                         "a { include \"x\\\" }",
                                         "a { b { include x } }",
                                         "a {",
                                         "a }",
                                         "}",
                                         "a: [1",
                                         "a: \"x",
                                         "a: 'x",
                                         "a: (\nx",
                                         "a: (x)",
                                         "a",
                                         "a:",
                                         "a:\n1",
                                         "a { b }",
                                         "a { b: 1 c: 2 }",
                                         "a { } b { }",
                                         "a{ }",
                                         "lame_duc\xe2\x84\xaa_duration: 1",
                                         "\xef\xbb\xbflisten: 1",
                                         "a\xc2\xa0port: 1",
                                         "a.b: 1",
                                         "a: b\\x",
                                         "a: 9%0",
                                         "a: 9.5%",
                                         "a: b.{{wildcard(1)}}",
                                         "a: b.{{wildcard(1)}}x",
                                         "a: b.{{wildcard(1)}",
                                         "a: b.{{wildcard(x)}}",
                                         "a: b.{{wildcard()}}",
                                         "a: b.{{partition(1,2)}}",
                                         "a: b.{c{{wildcard(1)}}",
                                         "a { b: c.{{wildcard(1)}} port: 1 }",
                                         "a: 12{b",
                                         "a: \"\xff\""));

INSTANTIATE_TEST_SUITE_P(Zero, RefusedExtraConfigTest, testing::Values("a: \x01"));

TEST(ExtraConfigTest, ANulIsNoEnd) {
  using std::string_literals::operator""s;
  EXPECT_EQ(refusal("a: (\n)\0\nport: 1\n)"s),
            "extra.conf:2: cannot check this file: a control character");
}

TEST(ExtraConfigTest, DeepNestingIsRefusedWithoutOverflow) {
  EXPECT_NE(refusal("a: " + std::string(100'000, '[')), "");
}

TEST(ExtraConfigTest, ErrorsNeverShowTheText) {
  EXPECT_EQ(refusal("accounts { A { users: [ {user: a, password: hun'ter2} ] } }").find("ter2"),
            std::string::npos);
}

TEST(ExtraConfigTest, CrLfIsALineEnd) {
  const auto keys = top_level_keys("a: 1\r\n# x\r\nb { c: 2 }\r\n", "f");

  ASSERT_TRUE(keys);
  ASSERT_EQ(keys->size(), 2U);
  EXPECT_EQ(keys->at(1).name, "b");
  EXPECT_EQ(keys->at(1).line, 3);
}

TEST(ExtraConfigTest, AccountsBesideAuthorizationAreAHoleBefore210) {
  config::Settings settings = default_settings();
  settings.auth.enabled = true;
  const std::string text = "accounts { $SYS { users: [ {user: s, pass: s} ] } }";

  EXPECT_FALSE(check_extra_config(text, "f", settings, {2, 9, 10}));
  EXPECT_TRUE(check_extra_config(text, "f", settings, {2, 10, 0}));
  settings.auth.enabled = false;
  EXPECT_TRUE(check_extra_config(text, "f", settings, {2, 9, 10}));
}

TEST(ExtraConfigTest, AccountsThatKeepTheSupervisorOutAreRefused) {
  const auto checked = check_extra_config("accounts { A { users: [ {user: a, pass: a} ] } }", "f",
                                          default_settings(), {2, 15, 1});
  ASSERT_FALSE(checked);
  EXPECT_NE(checked.error().message.find("no_auth_user"), std::string::npos);
}

}  // namespace
}  // namespace unified::render
