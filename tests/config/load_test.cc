#include "config/load.h"

#include <rapidcheck.h>

#include <chrono>

#include <gtest/gtest.h>

#include "config/variables.h"
#include "fake_host.h"
#include "loaded.h"

namespace unified::config {
namespace {

using namespace std::chrono_literals;

TEST(LoadTest, NothingSetGivesTheDocumentedDefaults) {
  const Loaded result = loaded(Inputs{});
  const Settings& settings = result.settings;

  EXPECT_TRUE(result.warnings.empty());
  EXPECT_EQ(settings.server.server_name, "marketprism-nats-unified");
  EXPECT_EQ(settings.server.http_host, "0.0.0.0");
  EXPECT_EQ(settings.server.config_file, "");
  EXPECT_EQ(settings.server.run_dir, "");
  EXPECT_EQ(settings.server.environment, "development");
  EXPECT_EQ(settings.limits.max_payload, 1 << 20);
  EXPECT_EQ(settings.limits.max_pending, 64 << 20);
  EXPECT_EQ(settings.limits.ping_interval, 2min);
  EXPECT_TRUE(settings.jetstream.enabled);
  EXPECT_EQ(settings.jetstream.sync_interval, std::nullopt);
  EXPECT_EQ(settings.reconcile.streams_file, "");
  EXPECT_EQ(settings.reconcile.interval, 60s);
  EXPECT_EQ(settings.reconcile.init_timeout, 60s);
  EXPECT_EQ(settings.supervision.stop_mode, StopMode::kAuto);
  EXPECT_EQ(settings.supervision.stop_timeout, 8s);
  EXPECT_EQ(settings.supervision.restart_policy, RestartPolicy::kOnFailure);
  EXPECT_EQ(settings.supervision.restart_window, 10min);
  EXPECT_EQ(settings.health.failures, 6);
  EXPECT_FALSE(settings.auth.enabled);
  EXPECT_EQ(settings.cluster.host, "0.0.0.0");
  EXPECT_FALSE(settings.logs.nats_log_file_set);
  EXPECT_EQ(settings.logs.max_size, 50 << 20);
  EXPECT_EQ(settings.manifest_lists.at("STREAM_SUBJECTS").size(), 8U);
  EXPECT_EQ(settings.manifest_variables.at("STREAM_DUPLICATE_WINDOW"), "300");
  EXPECT_EQ(settings.values.size(), variable_names().size());
  EXPECT_TRUE(settings.secrets.empty());
}

TEST(LoadTest, ArgumentsThenEnvironmentThenLaterFileThenEarlierFile) {
  Inputs inputs;
  inputs.env_files = {
      {".env", "NATS_PORT=1001\nNATS_HTTP_PORT=1002\nSTREAM_NAME=A\nNATS_HOST=::1\n"},
      {"b.env", "NATS_HTTP_PORT=2002\nSTREAM_NAME=B\nNATS_HOST=\n"}};
  inputs.environment = {{"STREAM_NAME", "C"}, {"NATS_PORT", "3001"}, {"NATS_HTTP_PORT", ""}};
  inputs.arguments = {{"NATS_PORT", "4001"}};

  const Loaded result = loaded(inputs);

  EXPECT_EQ(effective(result, "NATS_PORT").origin, "argument");
  EXPECT_EQ(result.settings.server.port, 4001);
  EXPECT_EQ(effective(result, "STREAM_NAME").value, "C");
  EXPECT_EQ(effective(result, "STREAM_NAME").origin, "environment");
  EXPECT_EQ(effective(result, "NATS_HTTP_PORT").value, "2002");
  EXPECT_EQ(effective(result, "NATS_HTTP_PORT").origin, "b.env:1");
  EXPECT_EQ(effective(result, "NATS_HOST").origin, ".env:4");
  EXPECT_EQ(effective(result, "LOG_LEVEL").origin, "default");
}

TEST(LoadTest, AFlagOfNatsServerOverrulesNobody) {
  Inputs inputs = env_file("NATS_PORT=4222\nJETSTREAM_ENABLED=yes\n");
  inputs.arguments = {{"NATS_PORT", "4300"}, {"JETSTREAM_ENABLED", "true"}};
  inputs.flags = {{"NATS_PORT", "-p"}, {"JETSTREAM_ENABLED", "-js"}};
  const auto result = load(inputs, FakeHost{});
  ASSERT_FALSE(result);
  ASSERT_EQ(result.error().size(), 1U);
  EXPECT_NE(to_text(result.error()[0]).find("-p says otherwise than .env:1"), std::string::npos)
      << to_text(result.error()[0]);
  inputs.arguments["NATS_PORT"] = "4222";
  EXPECT_TRUE(load(inputs, FakeHost{}));
}

TEST(LoadTest, TheLastLineOfAFileWinsEvenWhenItIsEmpty) {
  EXPECT_EQ(loaded(env_file("NATS_DEBUG=false\nNATS_DEBUG=true\n")).settings.logs.debug, true);
  EXPECT_EQ(loaded(env_file("NATS_PORT=5000\nNATS_PORT=\n")).settings.server.port, 4222);
}

TEST(LoadTest, LaterFilesMayReferToEarlierOnes) {
  Inputs inputs = env_file("BASE=51\n");
  inputs.env_files.push_back({"b.env", "NATS_PORT=${BASE}22\n"});

  EXPECT_EQ(loaded(inputs).settings.server.port, 5122);
}

TEST(LoadTest, SecretsComeFromFilesWithoutTheirLastNewline) {
  FakeHost host;
  host.files["/run/secrets/pw"] = "correct horse\n\n";
  const Inputs inputs = env_file(
      "NATS_AUTH_ENABLED=1\nNATS_AUTH_USERNAME=u\nNATS_AUTH_PASSWORD_FILE=/run/secrets/pw\n");

  const Loaded result = loaded(inputs, host);

  EXPECT_EQ(result.settings.auth.password.reveal(), "correct horse\n");
  EXPECT_EQ(effective(result, "NATS_AUTH_PASSWORD").value, "***");
  EXPECT_EQ(effective(result, "NATS_AUTH_PASSWORD").origin, ".env:3 (NATS_AUTH_PASSWORD_FILE)");
  EXPECT_EQ(result.settings.secrets, std::vector<std::string>{"correct horse\n"});
}

TEST(LoadTest, AnEmptySecretFileIsAnError) {
  FakeHost host;
  host.files["pw"] = "\n";

  const auto result = load(env_file("NATS_AUTH_TOKEN_FILE=pw\n"), host);

  ASSERT_FALSE(result);
  EXPECT_EQ(result.error()[0].message, "the file is empty: it must hold the secret");
}

TEST(LoadTest, KnowsThePasswordsInsideUrls) {
  const Loaded result =
      loaded(env_file("NATS_CLUSTER_ENABLED=1\nNATS_CLUSTER_ROUTES=nats://r:p%40ss@a:1,nats://b:2\n"
                      "NATS_URL=nats://tokentoken@far:4222\n"));

  EXPECT_EQ(result.settings.secrets, (std::vector<std::string>{"p%40ss", "p@ss", "tokentoken"}));
  EXPECT_EQ(result.settings.cluster.routes[0].reveal(), "nats://r:p%40ss@a:1");
  EXPECT_EQ(effective(result, "NATS_CLUSTER_ROUTES").value, "nats://***@a:1,nats://b:2");
  EXPECT_FALSE(result.settings.manifest_variables.contains("NATS_CLUSTER_ROUTES"));
}

struct GivesWay {
  std::string set;
  std::string name;
  std::string value;
  std::string origin;
};

TEST(LoadTest, ADefaultGivesWayToWhatIsSet) {
  const std::vector<GivesWay> table{
      {"JETSTREAM_MAX_FILE=512MB", "STREAM_MAX_BYTES", "512MB",
       "default, limited by JETSTREAM_MAX_FILE"},
      {"STREAM_MAX_BYTES=20GB", "JETSTREAM_MAX_FILE", "20GB",
       "default, raised for STREAM_MAX_BYTES"},
      {"STORAGE_TYPE=memory\nJETSTREAM_MAX_MEMORY=64MB", "STREAM_MAX_BYTES", "64MB",
       "default, limited by JETSTREAM_MAX_MEMORY"},
      {"STREAM_MAX_AGE=60", "STREAM_DUPLICATE_WINDOW", "60", "default, limited by STREAM_MAX_AGE"},
      {"STREAM_MAX_AGE=0", "STREAM_DUPLICATE_WINDOW", "300", "default"},
      {"STREAM_DUPLICATE_WINDOW=3h", "STREAM_MAX_AGE", "3h",
       "default, raised for STREAM_DUPLICATE_WINDOW"},
      {"NATS_MAX_PENDING=512KB", "NATS_MAX_PAYLOAD", "512KB",
       "default, limited by NATS_MAX_PENDING"},
      {"HEALTH_CHECK_INTERVAL=15", "RECONCILE_INTERVAL", "15", "default, as HEALTH_CHECK_INTERVAL"},
      {"NATS_HOST=::1", "NATS_HTTP_HOST", "::1", "default, as NATS_HOST"},
      {"MONITORING_ENABLED=no", "NATS_HTTP_HOST", "127.0.0.1",
       "default, as MONITORING_ENABLED is false"},
      {"NATS_CLUSTER_ENABLED=1", "NATS_SERVER_NAME", "marketprism-nats-unified-node7",
       "default, with the host name in a cluster"},
      {"NATS_CLUSTER_ENABLED=1\nNATS_SERVER_NAME=n1", "NATS_SERVER_NAME", "n1", ".env:2"},
      {"LAME_DUCK_GRACE=40s", "LAME_DUCK_DURATION", "1m20s", "default, raised for LAME_DUCK_GRACE"},
      {"DEBUG_MODE=true", "LOG_LEVEL", "debug", "default, as DEBUG_MODE is true"},
  };
  for (const auto& [set, name, value, origin] : table) {
    const EffectiveValue found = effective(loaded(env_file(set)), name);
    EXPECT_EQ(found.value, value) << set;
    EXPECT_EQ(found.origin, origin) << set;
  }
}

TEST(LoadTest, MonitoringOffMeansLoopback) {
  EXPECT_EQ(loaded(env_file("MONITORING_ENABLED=0")).settings.server.http_host, "127.0.0.1");
  EXPECT_EQ(
      loaded(env_file("MONITORING_ENABLED=0\nNATS_HTTP_HOST=10.0.0.1")).settings.server.http_host,
      "127.0.0.1");
  EXPECT_EQ(loaded(env_file("MONITORING_ENABLED=0\nNATS_HTTP_HOST=::1")).settings.server.http_host,
            "::1");
}

TEST(LoadTest, NormalisesWhatManifestsMayUse) {
  const Settings settings =
      loaded(
          env_file("STREAM_MAX_AGE=2h\nSTREAM_DUPLICATE_WINDOW=1500ms\nSTREAM_MAX_BYTES=1GB\n"
                   "STREAM_SUBJECTS= a.> , b\nRETENTION_POLICY=Interest\nNATS_AUTH_TOKEN=secret\n"))
          .settings;

  EXPECT_EQ(settings.manifest_variables.at("STREAM_MAX_AGE"), "7200");
  EXPECT_EQ(settings.manifest_variables.at("STREAM_DUPLICATE_WINDOW"), "1s500ms");
  EXPECT_EQ(settings.manifest_variables.at("STREAM_MAX_BYTES"), "1073741824");
  EXPECT_EQ(settings.manifest_variables.at("STREAM_SUBJECTS"), "a.>,b");
  EXPECT_EQ(settings.manifest_variables.at("RETENTION_POLICY"), "interest");
  EXPECT_EQ(settings.manifest_lists.at("STREAM_SUBJECTS"), (std::vector<std::string>{"a.>", "b"}));
  EXPECT_FALSE(settings.manifest_variables.contains("NATS_AUTH_TOKEN"));
  EXPECT_EQ(settings.manifest_variables_set,
            (std::vector<std::string>{"STREAM_SUBJECTS", "STREAM_MAX_BYTES", "STREAM_MAX_AGE",
                                      "STREAM_DUPLICATE_WINDOW", "RETENTION_POLICY"}));
}

TEST(LoadTest, LogFileNoneMeansOnlyStdout) {
  const LogSettings logs =
      loaded(env_file("NATS_LOG_FILE=none\nLOG_LEVEL=WARN\nLOG_FORMAT=json")).settings.logs;

  EXPECT_EQ(logs.nats_log_file, "");
  EXPECT_EQ(logs.level, LogLevel::kWarning);
  EXPECT_EQ(logs.format, LogFormat::kJson);
}

TEST(LoadTest, SyncIntervalIsADurationOrAlways) {
  EXPECT_TRUE(loaded(env_file("JETSTREAM_SYNC_INTERVAL=always")).settings.jetstream.sync_always);
  EXPECT_EQ(loaded(env_file("JETSTREAM_SYNC_INTERVAL=30")).settings.jetstream.sync_interval, 30s);
}

TEST(LoadTest, AllProblemsComeAtOnceWithTheErrorsFirst) {
  const auto result =
      load(env_file("PROMETHEUS_ENABLED=1\nNATS_PORT=x\nNATS_DEBUG=y\nbroken line\n"), FakeHost{});

  ASSERT_FALSE(result);
  ASSERT_EQ(result.error().size(), 4U);
  EXPECT_EQ(result.error()[2].severity, Severity::kError);
  EXPECT_EQ(result.error()[3].severity, Severity::kWarning);
}

TEST(LoadTest, AFaultyValueCausesNoSecondFinding) {
  const auto result =
      load(env_file("NATS_PORT=x\nNATS_HTTP_PORT=4222\nSTORAGE_TYPE=disk\nSTREAM_MAX_BYTES=11GB\n"
                    "JETSTREAM_MAX_FILE=10GBB\n"),
           FakeHost{});

  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().size(), 3U);
}

TEST(LoadTest, AnyLoginOfValidTextIsTakenAsItIs) {
  for (const std::string text : {"a\"b", "a\\b", "a\nb", "}", "# x", "$PATH", "include 'x'",
                                 "\xE4\xBD\xA0", " ", "'", "\x01"}) {
    const Loaded result = loaded(env_file("", {{"NATS_AUTH_ENABLED", "true"},
                                               {"NATS_AUTH_USERNAME", text},
                                               {"NATS_AUTH_PASSWORD", text}}));
    EXPECT_EQ(result.settings.auth.username, text);
    EXPECT_EQ(result.settings.auth.password.reveal(), text);
  }
}

TEST(LoadTest, NoProblemEverShowsASecret) {
  EXPECT_TRUE(rc::check([](const std::string& noise) {
    const std::string secret = "s3cr3t-" + std::string{"value"};
    Inputs inputs =
        env_file(noise + "\nNATS_AUTH_PASSWORD='" + secret + "'\nNATS_AUTH_TOKEN=" + secret +
                 "\nNATS_SERVER_NAME='" + secret + " x'\nSTREAM_SUBJECTS=" + secret + "..x\n");
    inputs.environment = {{"NATS_AUTH_ENABLED", "true"}, {"NATS_AUTH_PASWORD", secret}};
    const auto result = load(inputs, FakeHost{});
    RC_ASSERT(!result.ok());
    for (const Problem& problem : result.error()) {
      RC_ASSERT(to_text(problem).find(secret) == std::string::npos);
      RC_ASSERT(to_text(problem).find('\n') == std::string::npos);
    }
  }));
}

TEST(LoadTest, ALameDuckStopTakesLongerUnlessSaidOtherwise) {
  using namespace std::chrono_literals;
  const auto stop_timeout = [](const std::string& text) {
    return loaded(env_file(text)).settings.supervision.stop_timeout;
  };
  EXPECT_EQ(stop_timeout("NATS_PORT=4222"), 8s);
  EXPECT_EQ(stop_timeout("STOP_MODE=lame-duck"), 25s);
  EXPECT_EQ(stop_timeout("STOP_MODE=lame-duck\nSTOP_TIMEOUT=12"), 12s);
}

}  // namespace
}  // namespace unified::config
