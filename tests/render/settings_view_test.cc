#include "render/settings_view.h"

#include <gtest/gtest.h>

#include "render/route_url.h"
#include "settings_from_json.h"

namespace unified::render {
namespace {

const InternalUser kInternal{"_unified", Secret{"internal-password"}};
const std::string kHash = "$2a$11$QFJT6LS1Pu7Sz0WPBJVHNeYNyh/hdHdQwvcbGEzlQx0rGHoCpEdT2";

std::string refusal(const config::Settings& settings, ServerVersion version = {2, 10, 27}) {
  const auto view = settings_view(settings, version, kInternal);
  return view ? "" : view.error().message;
}

config::Settings with_password(const std::string& password) {
  config::Settings settings = default_settings();
  settings.auth.enabled = true;
  settings.auth.username = "user";
  settings.auth.password = Secret{password};
  return settings;
}

TEST(SettingsViewTest, TakesACompleteBcryptPasswordAsItIs) {
  const auto view = settings_view(with_password(kHash), {2, 10, 27}, kInternal);

  ASSERT_TRUE(view);
  EXPECT_EQ(std::get<std::string>(view->at("auth_password")), kHash);
}

TEST(SettingsViewTest, RefusesWhatTheServerWouldTakeForAHashWithoutShowingIt) {
  const std::string message = refusal(with_password("$2a$10$hunter2"));

  EXPECT_TRUE(message.starts_with("cannot render NATS_AUTH_PASSWORD: ")) << message;
  EXPECT_EQ(message.find("hunter2"), std::string::npos);
}

TEST(SettingsViewTest, RefusesATokenThatWeCouldNotLogInWith) {
  config::Settings settings = default_settings();
  settings.auth.enabled = true;
  settings.auth.token = Secret{kHash};

  EXPECT_TRUE(refusal(settings).starts_with("cannot render NATS_AUTH_TOKEN: "));
}

TEST(SettingsViewTest, RefusesAClusterPasswordThatNoNodeCouldLogInWith) {
  config::Settings settings = default_settings();
  settings.cluster.enabled = true;
  settings.cluster.username = "route";
  settings.cluster.password = Secret{kHash};

  EXPECT_TRUE(refusal(settings).starts_with("cannot render NATS_CLUSTER_PASSWORD: "));
}

TEST(SettingsViewTest, RefusesTheNameOfTheInternalUser) {
  config::Settings settings = with_password("x");
  settings.auth.username = kInternal.name;

  EXPECT_TRUE(refusal(settings).starts_with("cannot render NATS_AUTH_USERNAME: "));
}

TEST(SettingsViewTest, RefusesUserModeWithoutAnInternalUser) {
  EXPECT_FALSE(settings_view(with_password("x"), {2, 10, 27}, InternalUser{}));
}

TEST(SettingsViewTest, SyncIntervalNeedsAServerThatKnowsIt) {
  config::Settings settings = default_settings();
  settings.jetstream.sync_always = true;

  EXPECT_EQ(refusal(settings, {2, 10, 0}), "");
  EXPECT_EQ(refusal(settings, {2, 9, 10}),
            "cannot render JETSTREAM_SYNC_INTERVAL: nats-server 2.9.10 does not know it, 2.10.0 "
            "and newer do");
  settings.jetstream.enabled = false;
  EXPECT_EQ(refusal(settings, {2, 9, 10}), "");
}

TEST(SettingsViewTest, RefusesPathsThatAnIncludeCannotName) {
  for (const char* path : {"relative.conf", "/a\"b.conf", "/a\\b.conf", "/a\nb.conf"}) {
    config::Settings settings = default_settings();
    settings.server.extra_config_file = path;
    EXPECT_TRUE(refusal(settings).starts_with("cannot include NATS_EXTRA_CONFIG_FILE: ")) << path;
  }
}

TEST(SettingsViewTest, PutsIpv6AddressesInBrackets) {
  config::Settings settings = default_settings();
  settings.server.host = "::1";
  settings.server.http_host = "[::]";

  const auto view = settings_view(settings, {2, 10, 27}, kInternal);

  EXPECT_EQ(std::get<std::string>(view->at("listen")), "[::1]:4222");
  EXPECT_EQ(std::get<std::string>(view->at("http")), "[::]:8222");
}

TEST(RouteUrlTest, PutsCredentialsWhereThereAreNone) {
  EXPECT_EQ(with_credentials("nats://n1:6222", "u", "p"), "nats://u:p@n1:6222");
  EXPECT_EQ(with_credentials("nats-route://n1:6222/", "a b", "p@/:%é"),
            "nats-route://a%20b:p%40%2F%3A%25%C3%A9@n1:6222/");
  EXPECT_EQ(with_credentials("nats://own:x@n1:6222", "u", "p"), "nats://own:x@n1:6222");
  EXPECT_EQ(with_credentials("nats://n1:6222", "", ""), "nats://n1:6222");
  EXPECT_EQ(with_credentials("nats://n1:6222/a@b", "u", "p"), "nats://u:p@n1:6222/a@b");
  EXPECT_EQ(with_credentials("n1:6222", "u", "p"), "n1:6222");
}

TEST(GoDurationTest, UsesTheLargestUnitThatIsExact) {
  using namespace std::chrono_literals;
  EXPECT_EQ(go_duration(0ns), "0s");
  EXPECT_EQ(go_duration(48h), "48h");
  EXPECT_EQ(go_duration(90min), "90m");
  EXPECT_EQ(go_duration(90s), "90s");
  EXPECT_EQ(go_duration(1500ms), "1500ms");
  EXPECT_EQ(go_duration(7us), "7us");
  EXPECT_EQ(go_duration(1'000'001ns), "1000001ns");
}

}  // namespace
}  // namespace unified::render
