// UNIFIED_WRITE_TEMPLATE=1 writes env/ anew from the code.

#include "config/profiles.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "config/load.h"
#include "fake_host.h"

namespace unified::config {
namespace {

namespace fs = std::filesystem;
using Texts = std::map<std::string, std::string>;

std::string committed_path(std::string_view profile) {
  return UNIFIED_SOURCE_DIR "/env/.env." + std::string{profile};
}

std::string committed(std::string_view profile) {
  std::ifstream file{committed_path(profile), std::ios::binary};
  std::stringstream content;
  content << file.rdbuf();
  return content.str();
}

FakeHost host() {
  FakeHost host;
  host.files["/run/secrets/nats_auth_password"] = "a password of one's own\n";
  return host;
}

Loaded load_profile(std::string_view profile) {
  auto loaded = load(env_file(committed(profile)), host());
  if (loaded)
    return *std::move(loaded);
  ADD_FAILURE() << profile << ": " << to_text(loaded.error().front());
  return {};
}

/// What the file sets, as `config` shows it.
Texts set_by(std::string_view profile) {
  const Loaded loaded = load_profile(profile);
  Texts texts;
  for (const EffectiveValue& value : loaded.settings.values)
    if (value.origin.starts_with(".env:"))
      texts[value.name] = value.value;
  return texts;
}

TEST(ProfilesTest, TheCommittedFilesAreTheCodes) {
  for (const std::string_view name : profile_names()) {
    const std::string text = to_profile(name).value_or("");
    if (std::getenv("UNIFIED_WRITE_TEMPLATE") != nullptr)
      std::ofstream{committed_path(name), std::ios::binary} << text;
    EXPECT_TRUE(committed(name) == text)
        << committed_path(name) << " differs; make it again with\n"
        << "  unified_entrypoint config --profile " << name << " > env/.env." << name << "\n"
        << "or by running this test with UNIFIED_WRITE_TEMPLATE=1";
  }
}

TEST(ProfilesTest, EveryFileOfTheFolderIsAProfileOrTheTemplate) {
  std::size_t files = 0;
  for (const auto& entry : fs::directory_iterator{UNIFIED_SOURCE_DIR "/env"}) {
    const std::string name = entry.path().filename().string();
    EXPECT_TRUE(name == ".env.unified" || to_profile(name.substr(5))) << name;
    ++files;
  }
  EXPECT_EQ(files, profile_names().size() + 1);
}

TEST(ProfilesTest, AnUnknownProfileIsNone) {
  EXPECT_FALSE(to_profile("staging"));
  EXPECT_FALSE(to_profile(""));
}

TEST(ProfilesTest, SetWhatTheDocumentsOfTheOldStackSay) {
  EXPECT_EQ(set_by("development"), (Texts{{"ENVIRONMENT", "development"},
                                          {"NATS_DEBUG", "true"},
                                          {"JETSTREAM_MAX_MEMORY", "512MB"},
                                          {"JETSTREAM_MAX_FILE", "2GB"},
                                          {"STREAM_MAX_MSGS", "100000"},
                                          {"HEALTH_CHECK_INTERVAL", "30"}}));
  EXPECT_EQ(set_by("testing"), (Texts{{"ENVIRONMENT", "testing"},
                                      {"NATS_DEBUG", "true"},
                                      {"NATS_TRACE", "false"},
                                      {"JETSTREAM_MAX_MEMORY", "1GB"},
                                      {"JETSTREAM_MAX_FILE", "5GB"},
                                      {"STREAM_MAX_MSGS", "500000"},
                                      {"HEALTH_CHECK_INTERVAL", "15"}}));
  EXPECT_EQ(set_by("production"), (Texts{{"ENVIRONMENT", "production"},
                                         {"NATS_DEBUG", "false"},
                                         {"NATS_TRACE", "false"},
                                         {"JETSTREAM_MAX_MEMORY", "4GB"},
                                         {"JETSTREAM_MAX_FILE", "50GB"},
                                         {"STREAM_MAX_MSGS", "10000000"},
                                         {"STREAM_MAX_BYTES", "10737418240"},
                                         {"HEALTH_CHECK_INTERVAL", "60"},
                                         {"NATS_AUTH_ENABLED", "true"},
                                         {"NATS_AUTH_USERNAME", "marketprism"},
                                         {"NATS_AUTH_PASSWORD", "***"},
                                         {"MEMORY_LIMIT", "4G"},
                                         {"CPU_LIMIT", "2.0"},
                                         {"MEMORY_RESERVATION", "1G"},
                                         {"CPU_RESERVATION", "0.5"}}));
  EXPECT_EQ(set_by("large"), (Texts{{"JETSTREAM_MAX_MEMORY", "8GB"},
                                    {"JETSTREAM_MAX_FILE", "100GB"},
                                    {"STREAM_MAX_MSGS", "50000000"}}));
  EXPECT_EQ(set_by("high-frequency"),
            (Texts{{"STREAM_MAX_CONSUMERS", "200"}, {"NATS_MAX_CONNECTIONS", "5000"}}));
  EXPECT_EQ(set_by("broker"), (Texts{{"STREAMS_FILE", "broker"},
                                     {"NATS_MAX_SUBSCRIPTIONS", "1000"},
                                     {"NATS_WRITE_DEADLINE", "2s"},
                                     {"NATS_PING_INTERVAL", "2m"},
                                     {"NATS_PING_MAX", "2"}}));
  EXPECT_EQ(set_by("bare-metal"), (Texts{{"JETSTREAM_STORE_DIR", "./data/jetstream"},
                                         {"NATS_LOG_FILE", "./logs/nats/nats.log"},
                                         {"RUN_DIR", "./run"},
                                         {"NATS_CONFIG_FILE", "./run/nats.conf"}}));
}

TEST(ProfilesTest, NoneIsWarnedAboutButProductionWithoutTls) {
  for (const std::string_view name : profile_names())
    for (const Problem& warning : load_profile(name).warnings)
      EXPECT_TRUE(name == "production" && warning.variable == "NATS_TLS_ENABLED")
          << name << ": " << to_text(warning);
}

TEST(ProfilesTest, TheSuggestedLinesOfProductionAreValidToo) {
  std::string text = committed("production");
  FakeHost with_certificates = host();
  for (const std::string file : {"/app/certs/server.crt", "/app/certs/server.key"})
    with_certificates.files[file] = "PEM";
  for (std::size_t at = 0; (at = text.find("\n#NATS_TLS_", at)) != std::string::npos;)
    text.erase(at + 1, 1);

  const auto loaded = load(env_file(text), with_certificates);

  ASSERT_TRUE(loaded) << to_text(loaded.error().front());
  EXPECT_TRUE(loaded->settings.tls.enabled);
  EXPECT_TRUE(loaded->warnings.empty()) << to_text(loaded->warnings.front());
}

TEST(ProfilesTest, ThePlaceholderOfTheDocumentsAsPasswordIsWarnedAboutLoudly) {
  FakeHost careless;
  careless.files["/run/secrets/nats_auth_password"] = "your_secure_password_here\n";

  const auto loaded = load(env_file(committed("production")), careless);

  ASSERT_TRUE(loaded) << to_text(loaded.error().front());
  const auto found = std::ranges::find(loaded->warnings, "NATS_AUTH_PASSWORD", &Problem::variable);
  ASSERT_NE(found, loaded->warnings.end());
  EXPECT_NE(found->message.find("INSECURE"), std::string::npos) << found->message;
}

}  // namespace
}  // namespace unified::config
