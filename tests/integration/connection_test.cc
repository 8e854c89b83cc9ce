#include <memory>
#include <mutex>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "support/bare_server.h"
#include "support/entrypoint.h"
#include "support/nats_client.h"
#include "support/wait_until.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;

std::unique_ptr<nats::Module> open_module() {
  auto module = nats::Module::open();
  if (!module)
    throw std::runtime_error{module.error().message};
  return *std::move(module);
}

class ConnectionTest : public ServerTest {
 public:
  Result<std::unique_ptr<nats::Connection>> connect(const nats::ConnectOptions& options,
                                                    const nats::Callbacks& callbacks = {}) {
    return module_->connect(options, callbacks);
  }

 private:
  std::unique_ptr<nats::Module> module_ = open_module();
};

TEST_P(ConnectionTest, AnswersARequest) {
  const BareServer broker({.server = server(), .config = {}, .directory = {}});

  const auto connection = connect({.url = broker.url()});

  ASSERT_TRUE(connection) << connection.error().message;
  EXPECT_TRUE((*connection)->connected());
  const auto answer = (*connection)->request("$JS.API.INFO", "", 5s);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_NE(answer->find("io.nats.jetstream.api.v1.account_info_response"), std::string::npos);
}

TEST_P(ConnectionTest, SaysThatJetStreamIsOff) {
  const BareServer broker({.server = server(), .config = {}, .jetstream = false, .directory = {}});
  const auto connection = connect({.url = broker.url()});
  ASSERT_TRUE(connection) << connection.error().message;

  const auto answer = (*connection)->request("$JS.API.INFO", "", 5s);

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().message,
            "cannot request $JS.API.INFO: no responders: JetStream is off or not up yet");
}

TEST_P(ConnectionTest, PublishIsAckedByTheStreamOnly) {
  const BareServer broker({.server = server(), .config = {}, .directory = {}});
  NatsClient client{{.url = broker.url()}};
  client.api_ok("STREAM.CREATE.T", {{"name", "T"}, {"subjects", {"t.>"}}});

  const auto unbound = client.publish("nobody.listens", "x");
  const auto first = client.publish("t.a", "x", {{"Nats-Msg-Id", "1"}});
  const auto again = client.publish("t.a", "x", {{"Nats-Msg-Id", "1"}});

  ASSERT_FALSE(unbound);
  EXPECT_EQ(unbound.error().message,
            "cannot publish to nobody.listens: no responders: no stream is bound to the subject");
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(first->stream, "T");
  EXPECT_EQ(first->sequence, 1U);
  EXPECT_FALSE(first->duplicate);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(again->duplicate);
}

TEST_P(ConnectionTest, ReadsBackExactlyWhatWasPublished) {
  const BareServer broker({.server = server(), .config = {}, .directory = {}});
  NatsClient client{{.url = broker.url()}};
  client.api_ok("STREAM.CREATE.T", {{"name", "T"}, {"subjects", {"t.>"}}});
  const std::vector<std::string> payloads{"", std::string("\0\r\n\xFF", 4), "{\"a\":\"\\u0000\"}",
                                          std::string(100'000, 'x')};
  std::vector<StoredMessage> expected;
  for (const std::string& payload : payloads) {
    const auto ack = client.publish(fmt::format("t.{}", expected.size()), payload);
    ASSERT_TRUE(ack) << ack.error().message;
    expected.push_back({ack->sequence, fmt::format("t.{}", expected.size()), payload});
  }
  client.api_ok("STREAM.MSG.DELETE.T", {{"seq", 2}});
  expected.erase(expected.begin() + 1);

  EXPECT_EQ(client.stored("T"), expected);
  const auto consumed = client.consumed("T");

  ASSERT_EQ(consumed.size(), expected.size());
  for (std::size_t i = 0; i < consumed.size(); ++i) {
    EXPECT_EQ(consumed[i].subject, expected[i].subject);
    EXPECT_EQ(consumed[i].payload, expected[i].payload);
  }
}

TEST_P(ConnectionTest, HearsAdvisories) {
  const BareServer broker({.server = server(), .config = {}, .directory = {}});
  std::mutex mutex;
  std::vector<std::string> heard;
  const auto connection =
      connect({.url = broker.url()},
              {.on_connection = {}, .on_advisory = [&](std::string subject, const std::string&) {
                 const std::scoped_lock lock{mutex};
                 heard.push_back(std::move(subject));
               }});
  ASSERT_TRUE(connection) << connection.error().message;
  ASSERT_TRUE((*connection)->subscribe_advisories({"$JS.EVENT.ADVISORY.STREAM.>"}));

  ASSERT_TRUE(
      (*connection)->request("$JS.API.STREAM.CREATE.T", R"({"name":"T","subjects":["t"]})", 5s));
  ASSERT_TRUE((*connection)->request("$JS.API.STREAM.DELETE.T", "", 5s));

  EXPECT_TRUE(wait_until(5s, [&] {
    const std::scoped_lock lock{mutex};
    return std::ranges::count(heard, "$JS.EVENT.ADVISORY.STREAM.DELETED.T") == 1;
  }));
}

TEST_P(ConnectionTest, ReconnectsAndSubscribesAgainAfterTheServerDied) {
  BareServer broker({.server = server(), .config = {}, .directory = {}});
  std::mutex mutex;
  std::vector<bool> states;
  int advisories = 0;
  const auto connection = connect({.url = broker.url(), .reconnect_for_ever = true},
                                  {.on_connection =
                                       [&](bool connected, const std::string&) {
                                         const std::scoped_lock lock{mutex};
                                         states.push_back(connected);
                                       },
                                   .on_advisory =
                                       [&](const std::string&, const std::string&) {
                                         const std::scoped_lock lock{mutex};
                                         ++advisories;
                                       }});
  ASSERT_TRUE(connection) << connection.error().message;
  ASSERT_TRUE((*connection)->subscribe_advisories({"$JS.EVENT.ADVISORY.STREAM.>"}));

  broker.process().send(SIGKILL);
  ASSERT_TRUE(wait_until(5s, [&] { return !(*connection)->connected(); }));
  const auto down = (*connection)->request("$JS.API.INFO", "", 5s);
  broker.restart();

  EXPECT_FALSE(down);
  EXPECT_TRUE(wait_until(5s, [&] { return (*connection)->connected(); }));
  EXPECT_TRUE(
      (*connection)->request("$JS.API.STREAM.CREATE.T", R"({"name":"T","subjects":["t"]})", 5s));
  EXPECT_TRUE(wait_until(5s, [&] {
    const std::scoped_lock lock{mutex};
    return states == std::vector{false, true} && advisories == 1;
  }));
}

TEST_P(ConnectionTest, ARequestInFlightFailsWhenTheServerDies) {
  BareServer broker({.server = server(), .config = {}, .directory = {}});
  const auto connection = connect({.url = broker.url(), .reconnect_for_ever = true});
  ASSERT_TRUE(connection) << connection.error().message;
  ASSERT_TRUE(freeze(broker.process().pid()));
  const auto start = std::chrono::steady_clock::now();
  const std::jthread killer{[&] { broker.process().send(SIGKILL); }};

  const auto answer = (*connection)->request("$JS.API.INFO", "", 30s);

  EXPECT_FALSE(answer);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 10s);
}

TEST_P(ConnectionTest, AHungServerIsATimeout) {
  BareServer broker({.server = server(), .config = {}, .directory = {}});
  const auto connection = connect({.url = broker.url()});
  ASSERT_TRUE(connection) << connection.error().message;
  ASSERT_TRUE(freeze(broker.process().pid()));

  const auto answer = (*connection)->request("$JS.API.INFO", "", 300ms);

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().message, "cannot request $JS.API.INFO: no answer within 300 ms");
}

TEST_P(ConnectionTest, LogsInWithNastyNamesAndPasswords) {
  for (const std::string text : {"plain", "quo\"te", "back\\slash", "tab\tnew\nline",
                                 "\xC3\xA4\xE2\x82\xAC", "}{\"pass\":\"x"}) {
    const std::string quoted = nlohmann::json(text).dump();
    const BareServer broker(
        {.server = server(),
         .config = fmt::format("authorization {{ user: {}, password: {} }}", quoted, quoted),
         .directory = {}});

    const auto right =
        connect({.url = broker.url(), .user = text, .password = Secret{text}, .name = text});
    const auto wrong = connect({.url = broker.url(), .user = text, .password = Secret{text + "x"}});

    EXPECT_TRUE(right) << text << ": " << right.error().message;
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().message,
              "cannot connect to " + broker.url() + ": the server refuses the login");
  }
}

TEST_P(ConnectionTest, LogsInWithATokenAndWithTheUrlsUserinfo) {
  const BareServer broker(
      {.server = server(), .config = R"(authorization { token: "to\"k@en" })", .directory = {}});
  const std::string address = broker.url().substr(7);

  EXPECT_TRUE(connect({.url = broker.url(), .token = Secret{"to\"k@en"}}));
  EXPECT_TRUE(connect({.url = "nats://to%22k%40en@" + address}));
  const auto wrong = connect({.url = "nats://secret@" + address});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().message.find("secret"), std::string::npos);
}

TEST_P(ConnectionTest, AMissingPermissionIsNamedInTheTimeout) {
  const BareServer broker({.server = server(),
                           .config = R"(authorization { users: [
    {user: u, password: p, permissions: {publish: ["$JS.API.INFO"], subscribe: ["_INBOX.>"]}} ] })",
                           .directory = {}});
  const auto connection = connect({.url = broker.url(), .user = "u", .password = Secret{"p"}});
  ASSERT_TRUE(connection) << connection.error().message;

  const auto publish = (*connection)->request("$JS.API.STREAM.NAMES", "", 300ms);
  const auto subscribe = (*connection)->subscribe_advisories({"$JS.EVENT.>"});

  ASSERT_FALSE(publish);
  EXPECT_NE(publish.error().message.find("Permissions Violation for Publish to"), std::string::npos)
      << publish.error().message;
  ASSERT_FALSE(subscribe);
  EXPECT_NE(subscribe.error().message.find("Permissions Violation for Subscription to"),
            std::string::npos)
      << subscribe.error().message;
}

TEST_P(ConnectionTest, NobodyListens) {
  const FreePort port;

  const auto connection = connect({.url = fmt::format("nats://127.0.0.1:{}", port.number())});

  ASSERT_FALSE(connection);
}

TEST_P(ConnectionTest, RefusesSubjectsThatWouldEndTheProtocolLine) {
  const BareServer broker({.server = server(), .config = {}, .directory = {}});
  const auto connection = connect({.url = broker.url()});
  ASSERT_TRUE(connection) << connection.error().message;

  EXPECT_FALSE((*connection)->request("a 0\r\n\r\nPUB b", "", 1s));
  EXPECT_FALSE((*connection)->publish_acked("", "", {}, 1s));
}

/// What is destroyed while nats.c's read thread is in the middle of passing a message on to it (3.4
/// holds no reference meanwhile). late_delivery.so overwrites freed memory, so that its use is a
/// crash.
TEST_P(ConnectionTest, WhatIsDestroyedWhileAMessageComesToItOutlivesTheDelivery) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "late_delivery.so brings a free() of its own, and so does a sanitizer";
#endif
  for (const char* what : {"inbox", "connection", "request", "lost"}) {
    BareServer broker({.server = server(), .config = {}, .directory = {}});

    const Finished left = run({.command = {test_program("leave_early"), broker.url(), what,
                                           std::to_string(broker.process().pid())},
                               .environment = {{"LD_PRELOAD", test_program("late_delivery.so")},
                                               {"ASAN_OPTIONS", "verify_asan_link_order=0"}},
                               .directory = {}});

    EXPECT_EQ(left.status, 0) << what << ": " << left.output;
  }
}

UNIFIED_ON_EVERY_SERVER(ConnectionTest);

}  // namespace
}  // namespace unified::test
