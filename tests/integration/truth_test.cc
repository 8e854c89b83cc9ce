// What we tell is what is so: words of a server that died, of a reload, of a client, of a
// monitoring port.
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/bare_server.h"
#include "support/broker.h"
#include "support/entrypoint.h"
#include "support/supervisor_case.h"
#include "support/wait_until.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

json read_status(const Broker& broker) {
  const auto reply = broker.get("/status");
  return reply && reply->status == 200 ? json::parse(reply->body, nullptr, false) : json{};
}

/// Around a server that says these words and dies at once, again and again.
std::unique_ptr<Broker> dies_with(const std::string& words) {
  const auto directory = std::make_shared<TempDir>();
  const std::string program = directory->write(
      "nats-server",
      "#!/bin/sh\ncase $1 in --version) echo 'nats-server: v2.10.27'; exit;; esac\n"
      "printf '" +
          words + "\\n' >&2\nexit 2\n");
  std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  return std::make_unique<Broker>(
      BrokerOptions{.server = {.suite = "double", .path = program, .version = {2, 10, 27}},
                    .environment = {{"JETSTREAM_ENABLED", "false"}, {"RESTART_MAX", "1000"}},
                    .directory = directory});
}

TEST(TruthTest, AServerThatDiesAtOnceIsToldWithItsOwnWords) {
  // Its lines are often there before anybody knows that it was executed.
  const auto broker = dies_with("panic: the cause itself");
  const auto told = [&] { return count_of(*broker, "black box: "); };
  ASSERT_TRUE(wait_until(30s, [&] { return told() >= 4; })) << broker->output();

  // Once as it came, once as the cause; the last one may be on its way.
  EXPECT_GE(count_of(*broker, "the cause itself"), (2 * told()) - 1) << broker->output();
}

TEST(TruthTest, StatusAnswersAlthoughACauseHoldsABrokenByte) {
  const auto broker = dies_with("panic: \\377\\033[2J end");
  ASSERT_TRUE(heard(*broker, "black box: ")) << broker->output();

  json last;
  EXPECT_TRUE(wait_until(10s, [&] {
    last = read_status(*broker).value("last_black_box", json{});
    return last.is_object();
  })) << broker->output();

  EXPECT_NE(last.dump().find(R"(\\xFF\\x1B[2J end)"), std::string::npos) << last.dump();
  EXPECT_EQ(broker->output().find('\x1b'), std::string::npos);
  EXPECT_EQ(broker->output().find('\xff'), std::string::npos);
}

class TruthOnEveryServerTest : public ServerTest {};

TEST_P(TruthOnEveryServerTest, WithoutJetStreamReadyIsToldToo) {
  Broker broker({.server = server(), .environment = {{"JETSTREAM_ENABLED", "false"}}});

  EXPECT_TRUE(broker.process().wait_for_output("ready: nats://127.0.0.1", 20s)) << broker.output();
  EXPECT_EQ(broker.stop(), 0);
  const std::string output = broker.output();
  EXPECT_EQ(output.find("ready: "), output.rfind("ready: ")) << output;
}

TEST_P(TruthOnEveryServerTest, AClientsControlCharactersReachNoTerminalAndNoFile) {
  Broker broker({.server = server(), .environment = {{"NATS_TRACE", "true"}}});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  NatsClient client = broker.client();

  (void)client.publish("trade-data.x", "\x1b]0;owned\x07 \xc2\x9b\x32J caf\xc3\xa9");

  ASSERT_TRUE(broker.process().wait_for_output("owned", 10s)) << broker.output();
  EXPECT_NE(broker.output().find("caf\xc3\xa9"), std::string::npos) << "UTF-8 stays";
  EXPECT_EQ(broker.stop(), 0);
  std::ifstream file{broker.environment().at("NATS_LOG_FILE")};
  const std::string log{std::istreambuf_iterator<char>{file}, {}};
  for (const std::string& text : {broker.output(), log}) {
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    EXPECT_EQ(text.find('\x07'), std::string::npos);
    EXPECT_EQ(text.find("\xc2\x9b"), std::string::npos);
  }
}

TEST_P(TruthOnEveryServerTest, AReloadTellsANewWarningAlthoughNothingElseHasChanged) {
  const auto directory = std::make_shared<TempDir>();
  (void)directory->write(".env", "");
  Broker broker({.server = server(), .directory = directory});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  (void)directory->write(".env", "NATS_MAX_PAYLAOD=2MB\n");

  const Finished first = broker.command({"reload"}, 60s);
  const Finished again = broker.command({"reload"}, 60s);

  EXPECT_EQ(first.status, 0) << first.output;
  EXPECT_NE(first.output.find("NATS_MAX_PAYLAOD"), std::string::npos) << first.output;
  EXPECT_EQ(again.output.find("NATS_MAX_PAYLAOD"), std::string::npos)
      << "not new: " << again.output;
  EXPECT_NE(broker.output().find("NATS_MAX_PAYLAOD"), std::string::npos) << broker.output();
  EXPECT_NE(read_status(broker).value("warnings", json{}).dump().find("NATS_MAX_PAYLAOD"),
            std::string::npos);
  (void)directory->write(".env", "");
  EXPECT_EQ(broker.command({"reload"}, 60s).status, 0);
  EXPECT_EQ(read_status(broker).value("warnings", json{}).dump().find("NATS_MAX_PAYLAOD"),
            std::string::npos);
}

TEST_P(TruthOnEveryServerTest, TheMonitoringOfAnotherServerIsNotBelieved) {
  BareServer asked({.server = server()});
  BareServer other({.server = server()});
  const TempDir folder;
  const auto ask = [&](std::vector<std::string> command, int monitor_port) {
    command.insert(command.begin(), entrypoint());
    command.insert(command.end(),
                   {command[1] == "health" ? "--server" : "--nats-url", asked.url(), "--http-url",
                    "http://127.0.0.1:" + std::to_string(monitor_port)});
    return run({.command = command, .environment = {}, .directory = folder.path()});
  };

  const Finished right = ask({"health", "http"}, asked.monitor_port());
  const Finished wrong = ask({"health", "http"}, other.monitor_port());
  const Finished verified = ask({"verify"}, other.monitor_port());

  EXPECT_EQ(right.status, 0) << right.output;
  EXPECT_EQ(wrong.status, 1) << wrong.output;
  EXPECT_NE(wrong.output.find("another server"), std::string::npos) << wrong.output;
  EXPECT_NE(verified.output.find("another server"), std::string::npos) << verified.output;
}

UNIFIED_ON_EVERY_SERVER(TruthOnEveryServerTest);

}  // namespace
}  // namespace unified::test
