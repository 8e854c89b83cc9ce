#include <gtest/gtest.h>

#include "render/nats_conf.h"
#include "settings_from_json.h"

namespace unified::render {
namespace {

Result<std::string> render(std::string_view tmpl,
                           const config::Settings& settings = default_settings()) {
  return nats_conf(settings, ServerVersion{2, 10, 27}, {"_unified", Secret{"internal-password"}},
                   tmpl);
}

std::string body(std::string_view tmpl, const config::Settings& settings = default_settings()) {
  const auto rendered = render(tmpl, settings);
  return rendered ? rendered->substr(kMarker.size() + 1) : "error: " + rendered.error().message;
}

TEST(TemplateTest, TheMarkerComesFirstWhateverTheTemplateSays) {
  EXPECT_EQ(*render("x"), std::string{kMarker} + "\nx");
}

TEST(TemplateTest, TextIsQuotedAndLiteralsAreNot) {
  EXPECT_EQ(
      body("n: {{server_name}}\np: {{{ping_max}}}\nq: {{& ping_max }}\nd: {{{ping_interval}}}\n"),
      "n: \"marketprism-nats-unified\"\np: 2\nq: 2\nd: \"2m\"\n");
}

TEST(TemplateTest, AValueIsNeverReadAsATemplate) {
  config::Settings settings = default_settings();
  settings.server.server_name = "{{listen}} {{{max_payload}}} \x01";

  EXPECT_EQ(body("{{server_name}}", settings), R"("{{listen}} {{{max_payload}}} \x01")");
}

TEST(TemplateTest, SectionsThatAreOffLeaveNothing) {
  EXPECT_EQ(
      body("a\n  "
           "{{#cluster}}\n{{cluster_name}}\n{{/cluster}}\n{{^cluster}}\nalone\n{{/cluster}}\nb\n"),
      "a\nalone\nb\n");
}

TEST(TemplateTest, ListsRepeatTheirSection) {
  config::Settings settings = default_settings();
  settings.cluster.routes = {Secret{"nats://a:1"}, Secret{"nats://b:2"}};

  EXPECT_EQ(body("{{#cluster_routes}}\n{{.}}\n{{/cluster_routes}}\n", settings),
            "\"nats://a:1\"\n\"nats://b:2\"\n");
}

struct Bad {
  const char* tmpl;
  const char* message;
};

class BadTemplateTest : public testing::TestWithParam<Bad> {};

TEST_P(BadTemplateTest, IsRefusedWithItsLine) {
  const auto rendered = render(GetParam().tmpl);

  ASSERT_FALSE(rendered) << *rendered;
  EXPECT_EQ(rendered.error().message, GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    All,
    BadTemplateTest,
    testing::Values(
        Bad{"\n\n{{server_nam}}",
            "template line 3: {{server_nam}}: no such name, did you mean server_name?"},
        Bad{"{{qqqqqqqqqqqqq}}", "template line 1: {{qqqqqqqqqqqqq}}: no such name"},
        Bad{"{{}}", "template line 1: {{}}: no such name"},
        Bad{"{{server.host}}", "template line 1: {{server.host}}: no such name"},
        Bad{"{{#cluster}}\n{{bogus_name_here}}{{/cluster}}",
            "template line 2: {{bogus_name_here}}: no such name"},
        Bad{"{{^jetstream}}{{bogus_name_here}}{{/jetstream}}",
            "template line 1: {{bogus_name_here}}: no such name"},
        Bad{"{{{server_name}}}", "template line 1: server_name is text: write {{server_name}}"},
        Bad{"{{&server_name}}", "template line 1: server_name is text: write {{server_name}}"},
        Bad{"{{ & server_name}}", "template line 1: server_name is text: write {{server_name}}"},
        Bad{"{{max_payload}}",
            "template line 1: max_payload is a number, boolean or duration: write "
            "{{{max_payload}}}"},
        Bad{"{{jetstream}}",
            "template line 1: jetstream only opens a section: write {{#jetstream}} … "
            "{{/jetstream}}"},
        Bad{"{{auth_token}}",
            "template line 1: auth_token has any number of values: write {{#auth_token}} … {{.}} … "
            "{{/auth_token}}"},
        Bad{"{{#auth_token}}{{{.}}}{{/auth_token}}",
            "template line 1: auth_token has any number of values: write {{#auth_token}} … {{.}} … "
            "{{/auth_token}}"},
        Bad{"{{#max_subscriptions}}{{.}}{{/max_subscriptions}}",
            "template line 1: max_subscriptions has any number of values: write "
            "{{#max_subscriptions}} … {{{.}}} … "
            "{{/max_subscriptions}}"},
        Bad{"{{.}}", "template line 1: {{.}} stands directly in no section that has values"},
        Bad{"{{#auth_token}}{{#tls}}{{.}}{{/tls}}{{/auth_token}}",
            "template line 1: {{.}} stands directly in no section that has values"},
        Bad{"{{^auth_token}}{{.}}{{/auth_token}}",
            "template line 1: {{.}} stands directly in no section that has values"},
        Bad{"{{#server_name}}{{/server_name}}",
            "template line 1: server_name is text: write {{server_name}}"},
        Bad{"a\n{{#tls}}", "template line 2: section {{#tls}} is not closed"},
        Bad{"{{/tls}}", "template line 1: {{/tls}} closes no open section"},
        Bad{"{{#tls}}{{#cluster}}{{/tls}}{{/cluster}}",
            "template line 1: {{/tls}} closes no open section"},
        Bad{"{{=<% %>=}}<%&server_name%>", "template line 1: the delimiters cannot be changed"},
        Bad{"{{{=<% %>=}}}<%&server_name%>", "template line 1: {{=<% %>=}}: no such name"},
        Bad{"{{>tls}}", "template line 1: {{>tls}}: there are no partials"},
        Bad{"{{server_name}", "template line 1: tag without }}"},
        Bad{"{{{max_payload}}", "template line 1: tag without }}}"},
        Bad{"a\x01", "cannot use the template: it has a text without quotes, or a byte 0x01"}));

}  // namespace
}  // namespace unified::render
