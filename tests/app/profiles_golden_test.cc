// tests/golden/profiles/NAME.conf is the nats.conf of env/.env.NAME.
// UNIFIED_UPDATE_GOLDEN=1 writes the files anew: read the diff.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "app/manifest_source.h"
#include "base/parse.h"
#include "config/fake_host.h"
#include "config/profiles.h"
#include "render/nats_conf.h"

namespace unified::app {
namespace {

namespace fs = std::filesystem;

std::string profile_text(const fs::path& file) {
  std::ifstream in{file, std::ios::binary};
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

class ProfileGoldenTest : public testing::TestWithParam<std::string_view> {};

TEST_P(ProfileGoldenTest, ItsNatsConfIsAsExpectedAndItsManifestIsUnderstood) {
  const std::string name{GetParam()};
  const fs::path golden = fs::path{UNIFIED_SOURCE_DIR} / "tests/golden/profiles" / (name + ".conf");
  config::FakeHost host;
  host.files["/run/secrets/nats_auth_password"] = "a password of one's own\n";

  const auto loaded = config::load(config::env_file(profile_text("env/.env." + name)), host);
  ASSERT_TRUE(loaded) << to_text(loaded.error().front());
  const auto conf =
      render::nats_conf(loaded->settings, parse_server_version("2.10.27").value(),
                        {"_unified", Secret{"internal-password"}}, render::default_template());
  ASSERT_TRUE(conf) << conf.error().message;
  const auto manifest = load_manifest(loaded->settings);

  if (std::getenv("UNIFIED_UPDATE_GOLDEN") != nullptr)
    std::ofstream{golden, std::ios::binary} << *conf;
  EXPECT_EQ(*conf, profile_text(golden)) << golden;
  ASSERT_TRUE(manifest) << manifest.error().lines.front();
  EXPECT_TRUE(manifest->warnings.empty()) << manifest->warnings.front();
}

INSTANTIATE_TEST_SUITE_P(Profile,
                         ProfileGoldenTest,
                         testing::ValuesIn(config::profile_names()),
                         [](const auto& profile) {
                           std::string name{profile.param};
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace unified::app
