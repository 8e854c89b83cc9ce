#include "cli/server_flags.h"

#include <gtest/gtest.h>

namespace unified::cli {
namespace {

using Arguments = std::vector<std::string>;

ServerFlags taken(Arguments arguments) {
  arguments.insert(arguments.begin(), "unified_entrypoint");
  return take_server_flags(arguments);
}

std::map<std::string, std::string> texts(const ServerFlags& flags) {
  std::map<std::string, std::string> texts;
  for (const auto& [variable, value] : flags.variables)
    texts[variable] = value.text;
  return texts;
}

using Texts = std::map<std::string, std::string>;

TEST(ServerFlagsTest, WhatImagesAreStartedWithBecomesSettings) {
  EXPECT_EQ(texts(taken({"-js", "-m", "8222"})),
            (Texts{{"JETSTREAM_ENABLED", "true"}, {"NATS_HTTP_PORT", "8222"}}));
  EXPECT_EQ(texts(taken({"nats-server", "--port=4300", "-a", "127.0.0.1", "-DV"})),
            (Texts{{"NATS_PORT", "4300"},
                   {"NATS_HOST", "127.0.0.1"},
                   {"NATS_DEBUG", "true"},
                   {"NATS_TRACE", "true"}}));
  EXPECT_EQ(texts(taken({"run", "--", "-sd", "/data", "--jetstream=false", "-c", "extra.conf"})),
            (Texts{{"JETSTREAM_STORE_DIR", "/data"},
                   {"JETSTREAM_ENABLED", "false"},
                   {"NATS_EXTRA_CONFIG_FILE", "extra.conf"}}));
}

TEST(ServerFlagsTest, AClusterIsSwitchedOn) {
  EXPECT_EQ(
      texts(taken({"--cluster", "nats://0.0.0.0:6222", "--routes", "nats://a:6222,nats://b:6222"})),
      (Texts{{"NATS_CLUSTER_ENABLED", "true"},
             {"NATS_CLUSTER_HOST", "0.0.0.0"},
             {"NATS_CLUSTER_PORT", "6222"},
             {"NATS_CLUSTER_ROUTES", "nats://a:6222,nats://b:6222"}}));
  EXPECT_NE(taken({"--cluster", "6222"}).error, "");
}

TEST(ServerFlagsTest, WhatIsLeftStaysInItsPlace) {
  EXPECT_EQ(taken({"--env-file", "-js.env", "-js", "--strict"}).arguments,
            (Arguments{"unified_entrypoint", "--env-file", "-js.env", "--strict"}));
  EXPECT_EQ(taken({"run", "--watch", "--", "--profile", "6060", "-p", "4300"}).arguments,
            (Arguments{"unified_entrypoint", "run", "--watch", "--", "--profile", "6060"}));
  const Arguments behind{"unified_entrypoint", "run", "--", "--profile", "6060"};
  EXPECT_EQ(taken({"-js", "--", "--profile", "6060"}).arguments, behind);
  EXPECT_EQ(taken({"--", "--profile", "6060"}).arguments, behind);
}

TEST(ServerFlagsTest, OtherCommandsHaveOptionsOfTheirOwn) {
  const Arguments start{"unified_entrypoint", "start", "--log", "here.log"};
  EXPECT_EQ(take_server_flags(start).arguments, start);
  const Arguments health{"unified_entrypoint", "--env-file", "x", "logs", "-n", "3"};
  EXPECT_EQ(take_server_flags(health).arguments, health);
}

TEST(ServerFlagsTest, SecretsAndWhatWouldBlindUsAreRefusedWithAWay) {
  EXPECT_NE(taken({"--pass", "hunter2"}).error.find("NATS_AUTH_PASSWORD"), std::string::npos);
  const std::string routes = taken({"--routes", "nats://a:1,nats://user:hunter2@b:1"}).error;
  EXPECT_NE(routes.find("NATS_CLUSTER_PASSWORD"), std::string::npos);
  EXPECT_EQ(routes.find("hunter2"), std::string::npos);
  for (const char* flag : {"-P", "-sl", "-t", "--https_port", "--syslog", "-VV", "--no_advertise"})
    EXPECT_NE(taken({flag}).error, "") << flag;
}

TEST(ServerFlagsTest, ContradictionsAndHalfFlagsAreRefused) {
  EXPECT_NE(taken({"-p", "4222", "--port", "4300"}).error.find("--port contradicts -p"),
            std::string::npos);
  EXPECT_EQ(taken({"-p", "4222", "--port", "4222"}).error, "");
  EXPECT_NE(taken({"-p"}).error.find("needs a value"), std::string::npos);
}

}  // namespace
}  // namespace unified::cli
