// init, streams, verify and health against servers with and without our supervisor.
#include <gtest/gtest.h>

#include "support/bare_server.h"
#include "support/broker.h"
#include "support/entrypoint.h"
#include "support/wait_until.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

/// Commands of somebody who has no supervisor, only URLs.
class RemoteTest : public ServerTest {
 protected:
  [[nodiscard]] Finished ask(const std::vector<std::string>& arguments,
                             const Environment& more = {}) const {
    std::vector<std::string> command{entrypoint()};
    command.insert(command.end(), arguments.begin(), arguments.end());
    Environment environment{{"RUN_DIR", folder_ / "run"}, {"HOME", folder_.path()}};
    environment.insert(more.begin(), more.end());
    return run({.command = command, .environment = environment, .directory = folder_.path()}, 30s);
  }
  static std::string monitor_url(const BareServer& server) {
    return "http://127.0.0.1:" + std::to_string(server.monitor_port());
  }

  TempDir folder_;
};

TEST_P(RemoteTest, InitCreatesOnlyWhenToldAndTriesEveryUrlInOrder) {
  BareServer bare({.server = server()});
  NatsClient client{{.url = bare.url()}};
  const std::string urls = "nats://127.0.0.1:1," + bare.url();

  const Finished untold = ask({"init"}, {{"NATS_URL", urls}});
  EXPECT_EQ(untold.status, 64) << untold.output;
  EXPECT_NE(untold.output.find("--yes"), std::string::npos) << untold.output;
  EXPECT_TRUE(client.api("STREAM.INFO.MARKET_DATA").contains("error"));

  const Finished told = ask({"init", "--yes"}, {{"NATS_URL", urls}});
  EXPECT_EQ(told.status, 0) << told.output;
  EXPECT_NE(told.output.find("created MARKET_DATA"), std::string::npos) << told.output;
  EXPECT_EQ(client.api_ok("STREAM.INFO.MARKET_DATA").at("config").at("subjects").size(), 8U);

  const Finished again = ask({"init"}, {{"NATS_URL", urls}});
  EXPECT_EQ(again.status, 0) << "nothing to do needs no --yes\n" << again.output;
}

TEST_P(RemoteTest, InitUsesReconcileAllowForThatOnePlan) {
  BareServer bare({.server = server()});
  NatsClient client{{.url = bare.url()}};
  ASSERT_EQ(ask({"init", "--yes", "--nats-url", bare.url()}).status, 0);
  for (int i = 0; i < 10; ++i)
    ASSERT_TRUE(client.publish("trade-data.x", "1"));
  const Environment fewer{{"STREAM_MAX_MSGS", "4"}};

  const Finished refused = ask({"init", "--yes", "--nats-url", bare.url()}, fewer);
  EXPECT_EQ(refused.status, 2) << refused.output;
  EXPECT_EQ(client.count("MARKET_DATA"), 10U);

  Environment allowed = fewer;
  allowed["RECONCILE_ALLOW"] = "lossy";
  const Finished done = ask({"init", "--yes", "--nats-url", bare.url(), "--json"}, allowed);
  EXPECT_EQ(done.status, 0) << done.output;
  EXPECT_EQ(json::parse(done.output).at("status"), "pass");
  EXPECT_EQ(client.count("MARKET_DATA"), 4U);
}

TEST_P(RemoteTest, InitWaitsForAServerThatStartsLater) {
  auto bare = std::make_unique<BareServer>(BareServerOptions{.server = server()});
  const std::string url = bare->url();
  bare->process().send(SIGSTOP);
  Process waiting({.command = {entrypoint(), "init", "--yes", "--wait", "20", "--timeout", "1s",
                               "--nats-url", url},
                   .environment = {{"RUN_DIR", folder_ / "run"}},
                   .directory = folder_.path()});
  EXPECT_FALSE(waiting.wait(1500ms)) << waiting.output();
  bare->process().send(SIGCONT);

  EXPECT_EQ(waiting.wait(20s), 0) << waiting.output();
}

TEST_P(RemoteTest, WithoutAServerEachCommandSaysWhatItTriedAndWhatToDo) {
  const std::string nowhere = "nats://user:s3cret@127.0.0.1:1";
  EXPECT_EQ(ask({"init", "--yes", "--nats-url", nowhere}).status, 69);
  EXPECT_EQ(ask({"streams", "--nats-url", nowhere}).status, 69);
  EXPECT_EQ(ask({"plan", "--nats-url", nowhere}).status, 1);
  EXPECT_EQ(ask({"health", "--server", nowhere}).status, 1);
  EXPECT_EQ(ask({"health", "--server", nowhere, "--format", "nagios"}).status, 2);
  const Finished verify = ask({"verify", "--nats-url", nowhere});
  EXPECT_EQ(verify.status, 1);
  EXPECT_NE(verify.output.find("hint: is the broker running"), std::string::npos) << verify.output;
  for (const char* command : {"init", "streams", "plan", "verify", "health"}) {
    const std::string option = std::string{command} == "health" ? "--server" : "--nats-url";
    const std::string said = ask({command, option, nowhere}).output;
    EXPECT_NE(said.find("127.0.0.1:1"), std::string::npos) << said;
    EXPECT_NE(said.find("connection refused"), std::string::npos) << said;
    EXPECT_EQ(said.find("s3cret"), std::string::npos) << said;
  }
}

TEST_P(RemoteTest, AWrongPasswordIsToldWithTheWayToGiveTheRightOne) {
  BareServer bare({.server = server(), .config = "authorization { user: u, password: right }\n"});
  const std::string at = "@127.0.0.1:" + std::to_string(bare.port());

  const Finished wrong = ask({"streams", "--nats-url", "nats://u:wrong" + at});
  EXPECT_EQ(wrong.status, 69);
  EXPECT_NE(wrong.output.find("USER:PASSWORD@ or TOKEN@ before the host"), std::string::npos)
      << wrong.output;
  EXPECT_EQ(ask({"init", "--yes", "--nats-url", "nats://u:right" + at}).status, 0);
  EXPECT_EQ(ask({"streams"}, {{"NATS_URL", "nats://127.0.0.1:1,nats://u:right" + at}}).status, 0);
}

TEST_P(RemoteTest, HealthOfAServerWithoutSupervisorIsJudgedByItsStreams) {
  BareServer bare({.server = server()});
  const std::vector<std::string> base{"--server", bare.url(), "--http-url", monitor_url(bare)};
  const auto health = [&](std::vector<std::string> words) {
    words.insert(words.begin(), "health");
    words.insert(words.end(), base.begin(), base.end());
    return ask(words);
  };
  EXPECT_EQ(health({"quick"}).status, 1);
  EXPECT_EQ(health({"connectivity"}).status, 0);
  EXPECT_EQ(health({"datatypes"}).status, 1);
  EXPECT_EQ(health({"datatypes", "--format", "nagios"}).status, 2);
  EXPECT_EQ(health({"datatypes", "--format", "prometheus"}).status, 0);
  ASSERT_EQ(ask({"init", "--yes", "--nats-url", bare.url()}).status, 0);

  EXPECT_EQ(health({"quick"}).status, 0);
  const Finished full = health({"full", "--json"});
  EXPECT_EQ(full.status, 0) << full.output;
  EXPECT_EQ(json::parse(full.output).at("checks").size(), 6U);
  EXPECT_EQ(health({"supervisor"}).status, 64);
}

TEST_P(RemoteTest, VerifyStoresAMessageOfItsOwnAndLeavesNothingBehind) {
  BareServer bare({.server = server()});
  NatsClient client{{.url = bare.url()}};
  ASSERT_EQ(ask({"init", "--yes", "--nats-url", bare.url()}).status, 0);

  const Finished done = ask(
      {"verify", "--publish", "--nats-url", bare.url(), "--http-url", monitor_url(bare), "--json"});

  EXPECT_EQ(done.status, 0) << done.output;
  EXPECT_NE(done.output.find("stored and read back"), std::string::npos) << done.output;
  EXPECT_EQ(client.api_ok("STREAM.NAMES").at("streams"), json::array({"MARKET_DATA"}));
  EXPECT_EQ(client.api_ok("STREAM.INFO.MARKET_DATA").at("state").at("last_seq"), 0);
}

TEST_P(RemoteTest, AStreamThatWouldCatchItGetsNoMessageFromVerify) {
  BareServer bare({.server = server()});
  NatsClient client{{.url = bare.url()}};
  ASSERT_EQ(ask({"init", "--yes", "--nats-url", bare.url()}).status, 0);
  (void)client.api_ok("STREAM.CREATE.NET", {{"name", "NET"}, {"subjects", {"unified-verify.>"}}});

  const Finished done =
      ask({"verify", "--publish", "--nats-url", bare.url(), "--http-url", monitor_url(bare)});

  EXPECT_EQ(done.status, 1);
  EXPECT_NE(done.output.find("subjects overlap"), std::string::npos) << done.output;
  EXPECT_EQ(client.count("NET"), 0U);
}

UNIFIED_ON_EVERY_SERVER(RemoteTest);

class LocalCommandsTest : public ServerTest {};

TEST_P(LocalCommandsTest, CommandsBesideTheSupervisorNeedNoPassword) {
  // bcrypt of "secret", cost 4: nobody could log in with it.
  Broker broker(
      {.server = server(),
       .environment = {{"NATS_AUTH_ENABLED", "true"},
                       {"NATS_AUTH_USERNAME", "market"},
                       {"NATS_AUTH_PASSWORD",
                        "$2b$04$a7W1FzmpVHhnH3KKhz1yuOBYsYEyQJ0ynkkuAEwUP3y1FqB6zOq4C"}}});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();

  for (const std::vector<std::string>& line : {std::vector<std::string>{"plan"},
                                               {"streams", "--detailed"},
                                               {"verify", "--publish"},
                                               {"init"}}) {
    const Finished done = broker.command(line);
    EXPECT_EQ(done.status, 0) << line.front() << "\n" << done.output;
  }
}

TEST_P(LocalCommandsTest, StreamsTellTheAgeAndCountOfEachSubjectAndTheLagOfEachConsumer) {
  Broker broker({.server = server()});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  NatsClient client = broker.client();
  for (const char* subject : {"trade-data.a", "trade-data.b", "orderbook-data.a"})
    ASSERT_TRUE(client.publish(subject, "1"));
  (void)client.api_ok("CONSUMER.DURABLE.CREATE.MARKET_DATA.reader",
                      {{"stream_name", "MARKET_DATA"},
                       {"config",
                        {{"durable_name", "reader"},
                         {"ack_policy", "explicit"},
                         {"filter_subject", "trade-data.>"}}}});

  const Finished done = broker.command({"streams", "--detailed", "--json"});

  ASSERT_EQ(done.status, 0) << done.output;
  const json stream = json::parse(done.output).at("streams").at(0);
  for (const json& subject : stream.at("subjects")) {
    const bool trade = subject.at("subject") == "trade-data.>";
    const bool book = subject.at("subject") == "orderbook-data.>";
    EXPECT_EQ(subject.at("messages"), trade ? 2 : book ? 1 : 0) << subject;
    EXPECT_EQ(subject.at("age_seconds").is_number(), trade || book) << subject;
  }
  EXPECT_EQ(stream.at("consumers").at(0).at("name"), "reader");
  EXPECT_EQ(stream.at("consumers").at(0).at("pending"), 2);
  const std::string text = broker.command({"streams", "--detailed"}).output;
  EXPECT_NE(text.find("reader"), std::string::npos) << text;
  EXPECT_EQ(text.find('\033'), std::string::npos) << "colours without a terminal";
}

TEST_P(LocalCommandsTest, AMissingStreamFailsStreamsAndInitBringsItBack) {
  Broker broker({.server = server(), .environment = {{"RECONCILE_INTERVAL", "0"}}});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  // 2.10 keeps the folder for a moment, and a folder is evidence that nothing may be created.
  (void)broker.client().api_ok("STREAM.DELETE.MARKET_DATA");
  EXPECT_EQ(broker.command({"streams"}).status, 1);
  EXPECT_EQ(broker.command({"verify"}).status, 1);

  EXPECT_TRUE(wait_until(10s, [&] { return broker.command({"init"}).status == 0; }));
  EXPECT_EQ(broker.command({"streams"}).status, 0);
}

TEST_P(LocalCommandsTest, FlowNamesTheSubjectsWhereNothingArrives) {
  Broker broker({.server = server(), .environment = {{"STREAM_SUBJECTS", "a.>,b.>"}}});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  NatsClient client = broker.client();
  Process verify({.command = {entrypoint(), "verify", "--flow", "2s"},
                  .environment = broker.environment(),
                  .directory = broker.directory()->path()});
  ASSERT_TRUE(wait_until(10s, [&] {
    (void)client.publish("a.x", "1");
    return !verify.running();
  })) << verify.output();

  EXPECT_EQ(verify.wait(1s), 1) << verify.output();
  EXPECT_NE(verify.output().find("1 of 2 subjects: b.> (newest: never)"), std::string::npos)
      << verify.output();
}

TEST_P(LocalCommandsTest, ARequestThatIsNoApiIsNotPassedOn) {
  Broker broker({.server = server()});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  const Finished done =
      run({.command = {"/usr/bin/curl", "-s", "--unix-socket", broker.socket(), "-X", "POST", "-d",
                       R"({"subject":"trade-data.x","payload":"1"})", "http://x/jetstream"},
           .environment = {},
           .directory = ""});
  if (done.status != 0)
    GTEST_SKIP() << "no curl here";
  EXPECT_NE(done.output.find("is not passed on"), std::string::npos) << done.output;
  EXPECT_EQ(broker.client().count("MARKET_DATA"), 0U);
}

UNIFIED_ON_EVERY_SERVER(LocalCommandsTest);

}  // namespace
}  // namespace unified::test
