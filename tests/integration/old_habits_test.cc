// Every line of legacy-contract.md's table "Commands and paths" that needs no container, as typed.
#include <filesystem>

#include <gtest/gtest.h>

#include "support/broker.h"
#include "support/entrypoint.h"
#include "support/wait_until.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using nlohmann::json;

std::string source(const std::string& path) {
  return fs::absolute(fs::path{UNIFIED_SOURCE_DIR} / path).lexically_normal().string();
}

/// A broker, and the image's names for our program in its folder: app/scripts/… and bin/python3.
class OldHabitsTest : public ServerTest {
 protected:
  void SetUp() override {
    ServerTest::SetUp();
    if (IsSkipped() || HasFatalFailure())
      return;
    broker_.emplace(BrokerOptions{.server = server()});
    ASSERT_TRUE(broker_->wait_ready(20s)) << broker_->output();
    const fs::path folder = broker_->directory()->path();
    fs::create_directories(folder / "app/scripts");
    fs::create_directories(folder / "bin");
    fs::create_symlink(entrypoint(), folder / "bin/python3");
    fs::create_symlink(entrypoint(), folder / "app/unified_entrypoint.sh");
    for (const char* script : {"health_check.sh", "check_streams.py", "enhanced_jetstream_init.py",
                               "config_renderer.py", "test_unified_deployment.py"})
      fs::create_symlink(entrypoint(), folder / "app/scripts" / script);
  }

  [[nodiscard]] Finished type(const std::string& line) const {
    Environment environment = broker_->environment();
    environment["PATH"] = *broker_->directory() / "bin" + ":/usr/bin:/bin";
    environment["UNIFIED_ENTRYPOINT"] = entrypoint();
    return run({.command = {"/bin/bash", "-c", line},
                .environment = environment,
                .directory = broker_->directory()->path()},
               30s);
  }

  [[nodiscard]] json monitor(const std::string& path) const {
    const auto reply = broker_->monitor(path);
    return reply ? json::parse(reply->body, nullptr, false) : json{};
  }

  std::optional<Broker> broker_;
};

TEST_P(OldHabitsTest, HealthCheckShWithEachOfItsWords) {
  for (const char* word :
       {"", " quick", " full", " connectivity", " http", " jetstream", " stream", " datatypes"}) {
    const Finished done = type(std::string{"app/scripts/health_check.sh"} + word);
    EXPECT_EQ(done.status, 0) << word << done.output;
    EXPECT_FALSE(done.output.empty());
  }
  EXPECT_NE(type("app/scripts/health_check.sh everything").status, 0);
  (void)broker_->client().api_ok("STREAM.DELETE.MARKET_DATA");
  EXPECT_EQ(type("app/scripts/health_check.sh datatypes").status, 1);
  EXPECT_EQ(type("app/scripts/health_check.sh http").status, 0);
}

TEST_P(OldHabitsTest, CheckStreamsPyWithEachOfItsOptions) {
  for (const std::string& line :
       {std::string{"python3 app/scripts/check_streams.py"},
        std::string{"python3 app/scripts/check_streams.py --detailed"},
        std::string{"python3 app/scripts/check_streams.py --stats"},
        std::string{"app/scripts/check_streams.py --stream MARKET_DATA --timeout 5"},
        "python3 app/scripts/check_streams.py --nats-url " + broker_->url()}) {
    const Finished done = type(line);
    EXPECT_EQ(done.status, 0) << line << "\n" << done.output;
    EXPECT_NE(done.output.find("MARKET_DATA"), std::string::npos) << done.output;
  }
  EXPECT_EQ(type("python3 app/scripts/check_streams.py --quiet").output, "");
  const Finished stats = type("python3 app/scripts/check_streams.py --stats --json");
  const json body = json::parse(stats.output, nullptr, false);
  ASSERT_TRUE(body.is_object()) << stats.output;
  EXPECT_EQ(body.at("streams").at(0).at("config").at("max_msgs"), 1'000'000);
  EXPECT_EQ(type("python3 app/scripts/check_streams.py --stream NO_SUCH").status, 1);
  EXPECT_EQ(type("python3 app/scripts/check_streams.py --nats-url nats://127.0.0.1:1").status, 1);
}

TEST_P(OldHabitsTest, CheckStreamsPyEndsWithZeroWhenThereAreOnlyWarnings) {
  const Finished done = type("STREAM_MAX_MSGS=5 python3 app/scripts/check_streams.py");

  EXPECT_EQ(done.status, 0);
  EXPECT_NE(done.output.find("warning: stream MARKET_DATA differs"), std::string::npos)
      << done.output;
}

TEST_P(OldHabitsTest, EnhancedJetStreamInitPyBringsTheStreamBackWithoutAsking) {
  (void)broker_->client().api_ok("STREAM.DELETE.MARKET_DATA");
  const Finished done = type("python3 app/scripts/enhanced_jetstream_init.py --nats-url " +
                             broker_->url() + " --timeout 5 --wait </dev/null");

  EXPECT_EQ(done.status, 0) << done.output;
  EXPECT_EQ(broker_->client().count("MARKET_DATA"), 0U);
  for (const char* option : {"", " --health-check", " --stats"})
    EXPECT_EQ(type(std::string{"python3 app/scripts/enhanced_jetstream_init.py"} + option).status,
              0);
}

TEST_P(OldHabitsTest, ConfigRendererPyWithEachOfItsOptions) {
  EXPECT_EQ(type("python3 app/scripts/config_renderer.py --validate").status, 0);
  EXPECT_EQ(type("NATS_PORT=x python3 app/scripts/config_renderer.py --validate").status, 1);
  EXPECT_NE(
      type("python3 app/scripts/config_renderer.py --summary").output.find("STREAM_MAX_MSGS="),
      std::string::npos);
  const Finished done =
      type("python3 app/scripts/config_renderer.py --validate --output out.conf && cat out.conf");
  EXPECT_EQ(done.status, 0) << done.output;
  EXPECT_NE(done.output.find("jetstream"), std::string::npos);
  (void)broker_->directory()->write("own.mustache", "# own\n");
  EXPECT_NE(
      type("python3 app/scripts/config_renderer.py --template own.mustache").output.find("own"),
      std::string::npos);
}

TEST_P(OldHabitsTest, TestUnifiedDeploymentPyWithEachOfItsOptions) {
  const std::string line =
      "python3 app/scripts/test_unified_deployment.py --nats-url " + broker_->url() +
      " --http-url http://127.0.0.1:" + std::to_string(broker_->monitor_port());
  const Finished detailed = type(line + " --detailed");
  EXPECT_EQ(detailed.status, 0) << detailed.output;
  EXPECT_NE(detailed.output.find("liquidation-data.>"), std::string::npos) << detailed.output;
  EXPECT_EQ(json::parse(type(line + " --json").output).at("status"), "pass");
  EXPECT_EQ(type(line + " --quiet").output, "");
  EXPECT_EQ(broker_->client().count("MARKET_DATA"), 0U) << "it published into a declared stream";
}

TEST_P(OldHabitsTest, Python3RunsOnlyTheOldScriptsAndSaysSo) {
  for (const char* line : {"python3 -c 'import nats'", "python3 other.py", "python3"}) {
    const Finished done = type(line);
    EXPECT_EQ(done.status, 64);
    EXPECT_NE(done.output.find("check_streams.py"), std::string::npos) << done.output;
  }
}

TEST_P(OldHabitsTest, UnifiedEntrypointShIsTheBroker) {
  EXPECT_EQ(type("app/unified_entrypoint.sh --validate").status, 0);
  // The place is taken, so that it does not stay.
  EXPECT_EQ(type("app/unified_entrypoint.sh").status, 73);
}

TEST_P(OldHabitsTest, TheMonitoringPagesHaveTheFieldsThatPeopleReadWithJq) {
  EXPECT_EQ(monitor("/healthz").at("status"), "ok");
  for (const char* field : {"memory", "storage", "messages", "streams"})
    EXPECT_TRUE(monitor("/jsz").contains(field)) << field;
  for (const char* field : {"version", "connections", "in_msgs", "out_msgs"})
    EXPECT_TRUE(monitor("/varz").contains(field)) << field;
  EXPECT_TRUE(monitor("/connz").contains("num_connections"));
  EXPECT_TRUE(monitor("/routez").contains("num_routes"));
  EXPECT_TRUE(monitor("/subsz").contains("num_subscriptions"));
}

TEST_P(OldHabitsTest, TheConfigurationFileAndTheLogAreWherePeopleLook) {
  EXPECT_EQ(type("cat $NATS_CONFIG_FILE").status, 0);
  EXPECT_NE(type("tail -n 50 $NATS_LOG_FILE").output.find("Server is ready"), std::string::npos);
  EXPECT_NE(type("ls -la $JETSTREAM_STORE_DIR").output.find("jetstream"), std::string::npos);
}

TEST_P(OldHabitsTest, CopyingTheEnvironmentFileIsEnough) {
  const Finished done =
      type("cp " + source(".env.unified") + " .env && " + entrypoint() + " validate && rm .env");
  EXPECT_EQ(done.status, 0) << done.output;
}

TEST_P(OldHabitsTest, TheScriptsOfTheCheckoutAskTheSameBroker) {
  EXPECT_EQ(type(source("scripts/health_check.sh")).status, 0);
  EXPECT_EQ(type(source("scripts/health_check.sh") + " quick").status, 0);
  EXPECT_EQ(type(source("scripts/health_check.sh") + " jetstream").status, 0);
  EXPECT_EQ(type(source("scripts/manage.sh") + " status").status, 0);
  EXPECT_EQ(type(source("scripts/manage.sh") + " health").status, 0);
  EXPECT_EQ(type(source("scripts/manage.sh") + " clean").status, 73) << "under a running broker";
}

UNIFIED_ON_EVERY_SERVER(OldHabitsTest);

/// manage.sh from `init` to `clean`, with nobody's broker running before.
class ManageScriptTest : public NewestServerTest {
 protected:
  [[nodiscard]] Finished manage(const std::string& verb) const {
    return run({.command = {source("scripts/manage.sh"), verb},
                .environment = {{"HOME", folder_.path()},
                                {"UNIFIED_ENTRYPOINT", entrypoint()},
                                {"NATS_SERVER_BIN", server().path},
                                {"NATS_HOST", "127.0.0.1"},
                                {"NATS_PORT", std::to_string(port_.number())},
                                {"NATS_HTTP_PORT", std::to_string(monitor_port_.number())},
                                {"NATS_LOG_FILE", "none"},
                                {"NATS_CONFIG_FILE", folder_ / "nats.conf"},
                                {"JETSTREAM_STORE_DIR", folder_ / "store"},
                                {"RUN_DIR", folder_ / "run"}},
                .directory = folder_.path()},
               40s);
  }
  [[nodiscard]] pid_t holder() const { return std::stoi(folder_.read("run/instance.lock")); }
  /// What `start` left in a session of its own must not outlive the test.
  void TearDown() override {
    if (!folder_.path().empty() && fs::exists(folder_ / "run/instance.lock"))
      (void)manage("stop");
  }

  TempDir folder_;
  FreePort port_;
  FreePort monitor_port_;
};

TEST_F(ManageScriptTest, InitStartStatusHealthRestartStopClean) {
  EXPECT_EQ(manage("status").status, 3);
  const Finished init = manage("init");
  EXPECT_EQ(init.status, 0) << init.output;
  EXPECT_TRUE(fs::exists(folder_ / "nats.conf"));
  const Finished start = manage("start");
  ASSERT_EQ(start.status, 0) << start.output;
  const pid_t first = holder();
  EXPECT_EQ(manage("start").status, 0) << "already running is no failure";
  EXPECT_EQ(holder(), first);
  EXPECT_EQ(manage("status").status, 0);
  EXPECT_EQ(manage("health").status, 0);
  EXPECT_EQ(manage("restart").status, 0);
  EXPECT_EQ(holder(), first) << "the same process begins anew";
  const Finished stop = manage("stop");
  EXPECT_EQ(stop.status, 0) << stop.output;
  EXPECT_EQ(manage("status").status, 3);
  EXPECT_EQ(manage("health").status, 1);
  EXPECT_EQ(manage("stop").status, 0) << "not running is no failure";
  EXPECT_EQ(manage("clean").status, 0);
  EXPECT_FALSE(fs::exists(folder_ / "run/instance.lock"));
  EXPECT_TRUE(fs::exists(folder_ / "store/jetstream")) << "clean touched the store";
}

TEST_F(ManageScriptTest, HelpNamesEveryVerbAndAnUnknownOneIsAnError) {
  const Finished help = manage("help");
  EXPECT_EQ(help.status, 0);
  for (const char* verb : {"install-deps", "init", "start", "stop", "restart", "status", "health",
                           "logs", "clean", "help"})
    EXPECT_NE(help.output.find(verb), std::string::npos) << verb;
  EXPECT_EQ(manage("explode").status, 64);
}

}  // namespace
}  // namespace unified::test
