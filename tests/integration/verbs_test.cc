// start, stop, restart, wait, clean over the control socket.
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "support/bare_server.h"
#include "support/broker.h"
#include "support/wait_until.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

class VerbsTest : public ServerTest {
 protected:
  static json status(const Broker& broker) {
    const auto reply = broker.get("/status");
    return reply ? json::parse(reply->body, nullptr, false) : json{};
  }
};

TEST_P(VerbsTest, StopEndsTheBrokerAndReturnsWhenItIsGone) {
  Broker broker({.server = server()});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  const Finished stopped = broker.command({"stop"});
  EXPECT_EQ(stopped.status, 0) << stopped.output;
  EXPECT_EQ(broker.wait(1s), 0) << broker.output();

  const Finished again = broker.command({"stop"});
  EXPECT_EQ(again.status, 0) << again.output;
  EXPECT_NE(again.output.find("not running"), std::string::npos) << again.output;
}

TEST_P(VerbsTest, StopThatStaysKeepsTheSupervisorAndStartBringsTheServerBack) {
  Broker broker({.server = server()});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  ASSERT_TRUE(broker.client().publish("trade-data.x", "kept"));
  const Finished down = broker.command({"stop", "--stay"});
  EXPECT_EQ(down.status, 0) << down.output;
  EXPECT_EQ(broker.server_pid(), 0);
  EXPECT_EQ(status(broker).value("phase", ""), "stopped");
  EXPECT_EQ(broker.command({"health", "quick"}).status, 1);
  EXPECT_EQ(broker.command({"wait", "stopped", "--timeout", "5"}).status, 0);

  const Finished up = broker.command({"start"});
  EXPECT_EQ(up.status, 0) << up.output << broker.output();
  EXPECT_TRUE(broker.ready());
  EXPECT_EQ(broker.client().count("MARKET_DATA"), 1U);
  EXPECT_EQ(status(broker)["last_exit"].is_null(), false);
  EXPECT_EQ(broker.stop(), 0);
}

TEST_P(VerbsTest, ATermWhileTheServerIsDownEndsWithZero) {
  Broker broker({.server = server()});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  ASSERT_EQ(broker.command({"stop", "--stay"}).status, 0);
  EXPECT_EQ(broker.stop(), 0) << broker.output();
}

TEST_P(VerbsTest, RestartBeginsAnewInTheSameProcessWithTheConfigurationOfNow) {
  auto directory = std::make_shared<TempDir>();
  Broker broker({.server = server(), .directory = directory});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  ASSERT_TRUE(broker.client().publish("trade-data.x", "kept"));
  const pid_t supervisor = broker.process().pid();
  const pid_t before = broker.server_pid();
  std::ofstream{*directory / ".env"} << "NATS_SERVER_NAME=another-name\n";
  const Finished restarted = broker.command({"restart"}, 60s);
  EXPECT_EQ(restarted.status, 0) << restarted.output << broker.output();
  EXPECT_NE(broker.server_pid(), before);
  EXPECT_EQ(status(broker).value("pid", 0), supervisor);
  const auto varz = broker.monitor("/varz");
  ASSERT_TRUE(varz);
  EXPECT_EQ(json::parse(varz->body).value("server_name", ""), "another-name");
  EXPECT_EQ(broker.client().count("MARKET_DATA"), 1U);
  EXPECT_EQ(broker.stop(), 0) << broker.output();
}

TEST_P(VerbsTest, RestartWithAWrongConfigurationStopsNothing) {
  auto directory = std::make_shared<TempDir>();
  Broker broker({.server = server(), .directory = directory});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  const pid_t before = broker.server_pid();
  std::ofstream{*directory / ".env"} << "STREAM_MAX_AGE=soon\n";
  const Finished refused = broker.command({"restart"}, 60s);
  EXPECT_EQ(refused.status, 78) << refused.output;
  EXPECT_NE(refused.output.find("STREAM_MAX_AGE"), std::string::npos) << refused.output;
  EXPECT_EQ(broker.server_pid(), before);
  EXPECT_TRUE(broker.ready());
}

TEST_P(VerbsTest, RestartOntoAPlaceThatIsSomebodyElsesStopsNothing) {
  Broker broker({.server = server()});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  const pid_t before = broker.server_pid();
  std::ofstream{*broker.directory() / "nats.conf"} << "port: 4222\n";
  const Finished refused = broker.command({"restart"}, 60s);
  EXPECT_EQ(refused.status, 78) << refused.output;
  EXPECT_NE(refused.output.find("NATS_CONFIG_FILE"), std::string::npos) << refused.output;
  EXPECT_EQ(broker.server_pid(), before);
  EXPECT_TRUE(broker.ready());
}

TEST_P(VerbsTest, ARestartThatWouldLoseMessagesIsRefused) {
  Broker broker({.server = server()});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  ASSERT_TRUE(broker.client().publish("trade-data.x", "kept"));
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(*broker.directory() / "store"))
    if (entry.path().filename() == "MARKET_DATA") {
      std::filesystem::rename(entry.path(), *broker.directory() / "moved");
      break;
    }
  EXPECT_TRUE(wait_until(10s, [&] { return broker.command({"health", "stream"}).status == 1; }));
  const Finished restart = broker.command({"restart"}, 60s);
  EXPECT_EQ(restart.status, 1) << restart.output;
  EXPECT_NE(restart.output.find("MARKET_DATA are gone"), std::string::npos) << restart.output;
  EXPECT_EQ(broker.client().count("MARKET_DATA"), 1U);
}

TEST_P(VerbsTest, ManyRestartsLeaveNoDescriptorBehind) {
  Broker broker({.server = server()});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  const auto descriptors = [&broker] {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(
             "/proc/" + std::to_string(broker.process().pid()) + "/fd"))
      count += entry.exists() ? 1U : 0U;
    return count;
  };
  ASSERT_EQ(broker.command({"restart"}, 60s).status, 0) << broker.output();
  const std::size_t before = descriptors();
  for (int i = 0; i < 3; ++i)
    ASSERT_EQ(broker.command({"restart"}, 60s).status, 0) << broker.output();
  EXPECT_LE(descriptors(), before + 2);  // a client's connection may just be open
}

TEST_P(VerbsTest, ATermDuringARestartIsNotLost) {
  Broker broker({.server = server()});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  ASSERT_EQ(broker.command({"restart", "--no-wait"}, 60s).status, 0);
  EXPECT_EQ(broker.stop(), 0) << broker.output();
  EXPECT_TRUE(wait_until(2s, [&] { return broker.process().others().empty(); }));
}

TEST_P(VerbsTest, StartRunsInTheBackgroundAndSaysWhyItCanNot) {
  auto directory = std::make_shared<TempDir>();
  Broker broker({.server = server(), .directory = directory});  // its settings are what counts
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  const Finished already = broker.command({"start"});
  EXPECT_EQ(already.status, 0);
  EXPECT_NE(already.output.find("already running"), std::string::npos) << already.output;
  ASSERT_EQ(broker.stop(), 0);

  const Finished started = broker.command({"start"}, 60s);
  EXPECT_EQ(started.status, 0) << started.output;
  EXPECT_EQ(broker.command({"health", "quick"}).status, 0);
  EXPECT_TRUE(std::filesystem::exists(*directory / "logs/unified-nats.log"));
  EXPECT_EQ(broker.command({"stop"}, 60s).status, 0);

  std::ofstream{*directory / ".env"} << "NATS_MAX_PAYLOAD=huge\n";
  const Finished wrong = broker.command({"start"}, 60s);
  EXPECT_EQ(wrong.status, 78) << wrong.output;
  EXPECT_NE(wrong.output.find("NATS_MAX_PAYLOAD"), std::string::npos) << wrong.output;

  std::ofstream{*directory / ".env"} << "STREAM_MAX_AGE=soon\n";
  const Finished otherwise = broker.command({"start"}, 60s);
  EXPECT_EQ(otherwise.status, 78) << otherwise.output;
  EXPECT_NE(otherwise.output.find("STREAM_MAX_AGE"), std::string::npos) << otherwise.output;
  EXPECT_EQ(otherwise.output.find("NATS_MAX_PAYLOAD"), std::string::npos) << "of before";
}

TEST_P(VerbsTest, WhyItIsNotReadyNamesWhatEndedTheServerBefore) {
  BareServer holder({.server = server(), .config = {}, .directory = nullptr});
  Broker broker(
      {.server = server(), .environment = {{"NATS_PORT", std::to_string(holder.port())}}});
  std::string body;
  EXPECT_TRUE(wait_until(20s,
                         [&] {
                           const auto ready = broker.get("/readyz");
                           body = ready ? ready->body : "";
                           return body.find("the last one") != std::string::npos &&
                                  body.find(std::to_string(holder.port())) != std::string::npos;
                         }))
      << body << broker.output();
  EXPECT_EQ(broker.stop(), 0) << broker.output();
}

TEST_P(VerbsTest, StatusCountsWhatIsStoredNow) {
  Broker broker({.server = server()});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  ASSERT_TRUE(broker.client().publish("trade-data.x", "1"));
  const Finished status = broker.command({"status", "--json"});
  const json body = json::parse(status.output, nullptr, false);
  ASSERT_TRUE(body.is_object()) << status.output;
  EXPECT_EQ(body["streams"][0].value("messages", 0), 1) << status.output;
}

TEST_P(VerbsTest, CleanRemovesLeftOversOfAnEndedBrokerOnly) {
  Broker broker({.server = server()});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  EXPECT_EQ(broker.command({"clean"}).status, 73);
  ASSERT_TRUE(broker.client().publish("trade-data.x", "kept"));
  ASSERT_EQ(broker.stop(), 0);
  const Finished cleaned = broker.command({"clean"});
  EXPECT_EQ(cleaned.status, 0) << cleaned.output;
  EXPECT_FALSE(std::filesystem::exists(*broker.directory() / "run/instance.lock"));

  Broker next({.server = server(), .directory = broker.directory()});
  ASSERT_TRUE(next.wait_ready(20s)) << next.output();
  EXPECT_EQ(next.client().count("MARKET_DATA"), 1U);
}

TEST_P(VerbsTest, WaitSaysInTimeThatTheStateWasNotReached) {
  Broker broker({.server = server()});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  EXPECT_EQ(broker.command({"wait"}).status, 0);
  EXPECT_EQ(broker.command({"wait", "started"}).status, 0);
  const Finished late = broker.command({"wait", "stopped", "--timeout", "300ms"});
  EXPECT_EQ(late.status, 1);
  EXPECT_NE(late.output.find("not stopped"), std::string::npos) << late.output;
}

TEST_P(VerbsTest, LogsShowTheLastLinesOfBothAndGoBackIntoTheFile) {
  Broker broker({.server = server()});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  const Finished all = broker.command({"logs"});
  EXPECT_EQ(all.status, 0) << all.output;
  EXPECT_NE(all.output.find("Server is ready"), std::string::npos) << all.output;
  EXPECT_NE(all.output.find("every declared subject is stored"), std::string::npos) << all.output;

  const Finished one = broker.command({"logs", "-n", "1", "--json"});
  EXPECT_EQ(std::count(one.output.begin(), one.output.end(), '\n'), 1) << one.output;
  EXPECT_TRUE(json::parse(one.output, nullptr, false).contains("source")) << one.output;

  EXPECT_EQ(broker.command({"logs", "-n", "0"}).output, "");
  EXPECT_EQ(broker.command({"logs", "-n", "-1"}).status, 64);
  const Finished two = broker.command({"logs", "--since", "1h", "-n", "2"});
  EXPECT_EQ(std::count(two.output.begin(), two.output.end(), '\n'), 2) << two.output;
  const Finished since = broker.command({"logs", "--since", "1h"});
  EXPECT_NE(since.output.find("Server is ready"), std::string::npos) << since.output;
  ASSERT_EQ(broker.stop(), 0);
  EXPECT_EQ(broker.command({"logs"}).status, 69);
}

UNIFIED_ON_EVERY_SERVER(VerbsTest);

}  // namespace
}  // namespace unified::test
