// The .env of the old stack: CRLF, inline comments in Chinese, names twice, NATS_DEBUG=true
// appended twice.

#include <chrono>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "config/load.h"
#include "fake_host.h"

namespace unified::config {
namespace {

using namespace std::chrono_literals;

std::string old_env() {
  std::ifstream file{UNIFIED_SOURCE_DIR "/tests/golden/old_env/.env.unified", std::ios::binary};
  std::stringstream content;
  content << file.rdbuf();
  return content.str();
}

TEST(OldEnvTest, LoadsWithTheSameValues) {
  ASSERT_NE(old_env().find("\r\n"), std::string::npos);

  const auto loaded = load(env_file(old_env()), FakeHost{});

  ASSERT_TRUE(loaded) << to_text(loaded.error().front());
  const Settings& settings = loaded->settings;
  EXPECT_EQ(settings.server.server_name, "marketprism-nats-unified");
  EXPECT_EQ(settings.server.port, 4222);
  EXPECT_EQ(settings.server.http_port, 8222);
  EXPECT_EQ(settings.limits.max_connections, 5000);
  EXPECT_EQ(settings.jetstream.store_dir, "/data/jetstream");
  EXPECT_EQ(settings.jetstream.max_memory, 1LL << 30);
  EXPECT_EQ(settings.jetstream.max_file, 10LL << 30);
  EXPECT_EQ(settings.health.interval, 60s);
  EXPECT_TRUE(settings.logs.debug);
  EXPECT_EQ(settings.logs.nats_log_file, "/var/log/nats/nats.log");
  EXPECT_EQ(settings.manifest_variables.at("STREAM_MAX_AGE"), "7200");
  EXPECT_EQ(settings.manifest_variables.at("STREAM_MAX_BYTES"), "1073741824");
}

TEST(OldEnvTest, WarnsOfWhatHasNoEffect) {
  const auto loaded = load(env_file(old_env()), FakeHost{});
  ASSERT_TRUE(loaded);

  std::vector<std::string> names;
  for (const Problem& warning : loaded->warnings)
    names.push_back(warning.variable);

  EXPECT_EQ(names,
            (std::vector<std::string>{"PROMETHEUS_ENABLED", "ALERT_WEBHOOK_URL", "ALERT_EMAIL",
                                      "NATS_AUTH_USERNAME", "NATS_AUTH_PASSWORD", "NATS_TLS_CERT",
                                      "NATS_TLS_KEY"}));
}

}  // namespace
}  // namespace unified::config
