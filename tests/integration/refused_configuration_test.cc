// What nats-server itself refuses, in its configuration or in its arguments, ends with 78 at once
// and not in a restart loop; what may pass by waiting does not.
#include <csignal>
#include <fstream>

#include <gtest/gtest.h>

#include "integration/extra_config_broker.h"
#include "support/wait_until.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;

class RefusedConfigurationTest : public ExtraConfigTest {};

/// `nats-server -t` finds nothing wrong with any of these.
TEST_P(RefusedConfigurationTest, WhatAStartRefusesIs78AtOnce) {
  for (const char* extra :
       {"websocket { port: 14998 }", "websocket { port: 99999, no_tls: true }",
        "leafnodes { remotes [ { urls: [\"nats://127.0.0.1:1\"], account: NOPE } ] }",
        "system_account: NOPE",
        "accounts { APP { jetstream: {max_mem: 100TB}, users: [ {user: a, password: b} ] } }\n"
        "no_auth_user: a"}) {
    Broker broker = with_extra(extra);
    EXPECT_EQ(broker.wait(10s), 78) << extra << "\n" << broker.output();
    EXPECT_NE(broker.output().find("refuses its configuration: "), std::string::npos)
        << extra << "\n"
        << broker.output();
    EXPECT_NE(broker.output().find("what to do: "), std::string::npos) << broker.output();
    EXPECT_EQ(broker.output().find("starting it in"), std::string::npos) << broker.output();
  }
}

TEST_P(RefusedConfigurationTest, WrongArgumentsAre78AtOnceAlsoWhenItIsAlwaysRestarted) {
  using Arguments = std::vector<std::string>;
  for (const Arguments& arguments :
       {Arguments{"--bogus"}, Arguments{"--profile", "abc"}, Arguments{"--profile", "99999999"},
        Arguments{"positional"}, Arguments{"--version"}}) {
    std::vector<std::string> line{"run", "--"};
    line.insert(line.end(), arguments.begin(), arguments.end());
    Broker broker({.server = server(),
                   .environment = {{"RESTART_POLICY", "always"}},
                   .directory = std::make_shared<TempDir>(),
                   .arguments = line});
    EXPECT_EQ(broker.wait(10s), 78) << arguments.front() << "\n" << broker.output();
    EXPECT_EQ(broker.output().find("starting it in"), std::string::npos) << broker.output();
  }
}

TEST_P(RefusedConfigurationTest, AWrongFlagIsNamed) {
  Broker broker({.server = server(),
                 .environment = {},
                 .directory = {},
                 .arguments = {"run", "--", "--bogus"}});
  EXPECT_EQ(broker.wait(10s), 78) << broker.output();
  EXPECT_TRUE(
      broker.process().wait_for_output("refuses its arguments: flag provided but not defined", 5s))
      << broker.output();
}

/// The port of a listener that only NATS_EXTRA_CONFIG_FILE knows.
TEST_P(RefusedConfigurationTest, APortThatIsTakenIsWaitedFor) {
  auto taken = std::make_unique<Broker>(
      BrokerOptions{.server = server(), .environment = {}, .directory = {}});
  ASSERT_TRUE(taken->wait_ready(20s)) << taken->output();
  Broker broker = with_extra("websocket { host: 127.0.0.1, port: " + std::to_string(taken->port()) +
                             ", no_tls: true }");
  ASSERT_TRUE(broker.process().wait_for_output("starting it in", 10s)) << broker.output();

  taken.reset();

  EXPECT_TRUE(broker.wait_ready(20s)) << broker.output();
}

/// Somebody edits the file that nats.conf includes, and meanwhile the server crashes: what ran must
/// come back when the file is right again.
TEST_P(RefusedConfigurationTest, WhatWasTakenBeforeIsTriedAgain) {
  Broker broker = with_extra("server_tags: [\"a\"]\n");
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  (void)directory_->write("x.conf", "websocket { port: 14998 }");

  ::kill(broker.server_pid(), SIGKILL);

  ASSERT_TRUE(broker.process().wait_for_output("exited with code 1 before it was ready", 20s))
      << broker.output();
  (void)directory_->write("x.conf", "server_tags: [\"a\"]\n");
  EXPECT_TRUE(broker.wait_ready(20s)) << broker.output();
}

UNIFIED_ON_EVERY_SERVER(RefusedConfigurationTest);

}  // namespace
}  // namespace unified::test
