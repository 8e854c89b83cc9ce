#include <gtest/gtest.h>

#include "config/load.h"
#include "fake_host.h"
#include "loaded.h"

namespace unified::config {
namespace {

TEST(LoadWarningsTest, ServiceLinksAreNobodysMistake) {
  Inputs inputs;
  inputs.strict = true;
  inputs.environment = {{"NATS_SERVICE_HOST", "10.0.0.1"},
                        {"NATS_SERVICE_PORT", "4222"},
                        {"NATS_SERVICE_PORT_CLIENT", "4222"},
                        {"NATS_PORT_4222_TCP", "tcp://10.0.0.1:4222"},
                        {"NATS_PORT_4222_TCP_PROTO", "tcp"},
                        {"NATS_UNIFIED_PORT", "tcp://10.0.0.1:4222"},
                        {"API_KEEPER_PORT_80_UDP_ADDR", "10.0.0.2"},
                        {"PATH", "/bin"},
                        {"HEALTH_CHECK_PORT", "8080"},
                        {"LOG_DIR", "./logs"}};

  EXPECT_TRUE(warnings(inputs).empty());
}

TEST(LoadWarningsTest, UnknownNamesAreWarningsUnlessStrict) {
  Inputs inputs = env_file("", {{"JETSTREAM_MAX_MEM", "hunter22"}});

  EXPECT_EQ(
      warnings(inputs),
      std::vector<std::string>{
          "JETSTREAM_MAX_MEM (environment): unknown variable: did you mean JETSTREAM_MAX_MEMORY?"});
  inputs.strict = true;
  EXPECT_FALSE(load(inputs, FakeHost{}));
}

TEST(LoadWarningsTest, LimitsBeyondTheMachineAreWarnings) {
  FakeHost host;
  host.memory = 512 << 20;
  host.disk = 1LL << 30;

  EXPECT_EQ(warnings(env_file("JETSTREAM_MAX_MEMORY=1GB"), host),
            (std::vector<std::string>{
                "JETSTREAM_MAX_MEMORY=\"1GB\" (.env:1): more than the 512.0 MiB of memory here",
                "JETSTREAM_MAX_FILE=\"10GB\" (default): more than the 1.0 GiB of disk for "
                "JETSTREAM_STORE_DIR"}));
  EXPECT_TRUE(warnings(env_file("JETSTREAM_ENABLED=false"), host).empty());
}

TEST(LoadWarningsTest, ProductionWarnsOfWhatIsInsecureAndNeverRefuses) {
  Inputs inputs = env_file("ENVIRONMENT=production");
  inputs.strict = true;

  EXPECT_EQ(warnings(inputs).size(), 2U);
  EXPECT_TRUE(warnings(env_file("ENVIRONMENT=production\nNATS_HOST=127.0.0.1")).empty());
}

TEST(LoadWarningsTest, ThePlaceholderPasswordIsWarnedAbout) {
  const auto lines = warnings(env_file(
      "NATS_AUTH_ENABLED=1\nNATS_AUTH_USERNAME=u\nNATS_AUTH_PASSWORD=your_secure_password_here"));

  ASSERT_EQ(lines.size(), 1U);
  EXPECT_NE(lines[0].find("INSECURE"), std::string::npos);
  EXPECT_EQ(lines[0].find("your_secure"), std::string::npos);
}

TEST(LoadWarningsTest, WhatHasNoEffectIsWarnedAbout) {
  const std::vector<std::pair<std::string, std::string>> table{
      {"NATS_AUTH_TOKEN=x", "NATS_AUTH_TOKEN"},
      {"NATS_TLS_CERT=x\n", "NATS_TLS_CERT"},
      {"NATS_CLUSTER_ROUTES=nats://a:1", "NATS_CLUSTER_ROUTES"},
      {"JETSTREAM_ENCRYPTION_CIPHER=aes", "JETSTREAM_ENCRYPTION_CIPHER"},
      {"MONITORING_ENABLED=0\nNATS_HTTP_HOST=10.0.0.1", "NATS_HTTP_HOST"},
      {"DEBUG_MODE=1\nLOG_LEVEL=info", "DEBUG_MODE"},
      {"PROMETHEUS_ENABLED=true", "PROMETHEUS_ENABLED"},
      {"AUTO_START_NATS=false\nNATS_URL=nats://a\nNATS_PORT=5000", "AUTO_START_NATS"},
      {"BACKUP_S3_BUCKET=b", "BACKUP_S3_BUCKET"},
      {"NATS_SERVER_NAME=a$NOBODY", "NATS_SERVER_NAME"},
  };
  for (const auto& [text, name] : table) {
    const Problems found = loaded(env_file(text)).warnings;
    ASSERT_EQ(found.size(), 1U) << text;
    EXPECT_EQ(found[0].variable, name) << text;
  }
}

TEST(LoadWarningsTest, ASidecarIsNotHeldToTheRulesOfAServerOfItsOwn) {
  FakeHost small;
  small.memory = 1;
  small.disk = 1;
  const std::string sidecar = "AUTO_START_NATS=false\nNATS_URL=nats://me:secret-word@a:5222\n";
  EXPECT_TRUE(warnings(env_file(sidecar + "ENVIRONMENT=production\nSTREAM_REPLICAS=3\n"
                                          "STREAM_MAX_BYTES=90GB\nNATS_HTTP_PORT=4222\n"),
                       small)
                  .empty());
  const Loaded result = loaded(env_file(sidecar));
  EXPECT_FALSE(result.settings.supervision.own_server);
  ASSERT_EQ(result.settings.clients.urls.size(), 1U);
  EXPECT_EQ(effective(result, "NATS_URL").value.find("secret-word"), std::string::npos);
  EXPECT_TRUE(loaded(env_file("NATS_URL=nats://a\n")).settings.supervision.own_server);
}

TEST(LoadWarningsTest, WhatOnlyAServerOfItsOwnWouldReadIsToldToASidecarInOneLine) {
  const auto found = warnings(
      env_file("AUTO_START_NATS=false\nNATS_URL=nats://a\nNATS_PORT=4222\nSTOP_MODE=lame-duck\n"
               "JETSTREAM_STORE_DIR=/elsewhere\nSTREAM_MAX_MSGS=5\n"));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_NE(found[0].find("no effect: STOP_MODE (.env:4)"), std::string::npos)
      << "a default asks for nothing, and a store is looked at: " << found[0];
}

TEST(LoadWarningsTest, DetailsOfWhatIsOffAreQuiet) {
  EXPECT_TRUE(
      warnings(
          env_file(
              "PROMETHEUS_ENABLED=false\nPROMETHEUS_PORT=4222\nAPI_PORT=8222\nBACKUP_INTERVAL=60\n"
              "NATS_CLUSTER_PORT=4222\nOTHER=a$NOBODY\nAUTO_START_NATS=true\n"))
          .empty());
}

}  // namespace
}  // namespace unified::config
