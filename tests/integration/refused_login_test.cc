// A nats-server that runs and does not let the supervisor in, or does not let it work: what can be
// known beforehand is refused before anything is started or applied; the rest is told as that, with
// the way out, not as a start that never ends, and nats-server's log is not filled with our
// attempts.
#include <fstream>

#include <gtest/gtest.h>

#include "integration/extra_config_broker.h"
#include "support/certificates.h"
#include "support/wait_until.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;

constexpr const char* kAccounts =
    "accounts { APP { jetstream: enabled, users: [ {user: a, password: b} ] } }";

class RefusedLoginTest : public ExtraConfigTest {};

void expect_told(const Broker& broker, const std::string& way_out) {
  const std::string refused = "refuses the supervisor's own connection";
  EXPECT_TRUE(broker.process().wait_for_output(refused, 20s)) << broker.output();
  EXPECT_EQ(broker.command({"health", "quick"}).status, 1);
  for (const std::string command : {"status", "health"}) {
    const std::string told = broker.command({command}).output;
    EXPECT_NE(told.find(refused), std::string::npos) << told;
    EXPECT_NE(told.find(way_out), std::string::npos) << told;
    EXPECT_EQ(told.find("is starting"), std::string::npos) << told;
  }
}

std::size_t count(const std::string& text, const std::string& words) {
  std::size_t found = 0;
  for (std::size_t at = text.find(words); at != std::string::npos;
       at = text.find(words, at + words.size()))
    ++found;
  return found;
}

// ---- what only the server knows: here the users come from a variable of nats.conf's

TEST_P(RefusedLoginTest, AccountsOfTheOperatorsOwnAreToldAndTriedMoreAndMoreSeldom) {
  Broker broker = with_extra(
      "USERS: [ {user: a, password: b} ]\n"
      "accounts { APP { jetstream: enabled, users: $USERS } }");

  expect_told(broker, "no_auth_user");

  EXPECT_FALSE(wait_until(3s, [&] { return count(broker.output(), "authentication error") > 12; }))
      << "eight a second on the old code\n"
      << broker.output();
  EXPECT_EQ(broker.stop(), 0);
}

/// The way out that is told.
TEST_P(RefusedLoginTest, AUserForThoseWithoutALoginLetsUsIn) {
  Broker broker = with_extra(std::string{kAccounts} + "\nno_auth_user: a\n");

  EXPECT_TRUE(broker.wait_ready(20s)) << broker.output();
}

TEST_P(RefusedLoginTest, AnAccountWithoutJetStreamIsTold) {
  Broker broker = with_extra(
      "JS: disabled\n"
      "accounts { APP { jetstream: $JS, users: [ {user: a, password: b} ] } }\n"
      "no_auth_user: a");

  expect_told(broker, "account without JetStream");
}

/// It takes our connection and answers nothing.
TEST_P(RefusedLoginTest, AUserWithoutThePermissionIsToldAndIsNoHungServer) {
  const std::string extra = directory_->write(
      "x.conf",
      "accounts { APP { jetstream: enabled, users: [ {user: a, password: b, "
      "permissions: {publish: \"x.>\", subscribe: \">\"}} ] } }\nno_auth_user: a");
  Broker broker({.server = server(),
                 .environment = {{"NATS_EXTRA_CONFIG_FILE", extra},
                                 {"LIVENESS_INTERVAL", "1s"},
                                 {"HEALTH_CHECK_FAILURES", "1"}},
                 .directory = directory_});

  expect_told(broker, "must be allowed to publish `$JS.API.>`");

  EXPECT_EQ(broker.output().find("is hung"), std::string::npos) << broker.output();
}

/// Signed by one that is in NATS_TLS_CA and is no authority.
TEST_P(RefusedLoginTest, ACertificateOfOursThatTheServerDoesNotTakeIsTold) {
  const CertificatePair issuer =
      make_certificate(*directory_, "ca", {.common_name = "CA", .issuer = {}});
  const CertificatePair pair =
      make_certificate(*directory_, "pair", {.names = {"IP:127.0.0.1"}, .issuer = issuer});
  Broker broker({.server = server(),
                 .environment = {{"NATS_TLS_ENABLED", "true"},
                                 {"NATS_TLS_VERIFY", "true"},
                                 {"NATS_TLS_CERT", pair.cert},
                                 {"NATS_TLS_KEY", pair.key},
                                 {"NATS_TLS_CA", issuer.cert}},
                 .directory = directory_});

  expect_told(broker, "NATS_TLS_CLIENT_CERT");
}

/// It lets us in, and throws us out with its first answer, which is longer than that.
TEST_P(RefusedLoginTest, AnAnswerThatDoesNotFitIntoMaxPendingIsTold) {
  Broker broker({.server = server(),
                 .environment = {{"NATS_MAX_PENDING", "800"}, {"NATS_MAX_PAYLOAD", "800"}},
                 .directory = directory_});

  expect_told(broker, "raise NATS_MAX_PENDING");

  const std::size_t before = count(broker.output(), "Slow Consumer");
  EXPECT_FALSE(wait_until(3s, [&] { return count(broker.output(), "Slow Consumer") > before + 8; }))
      << broker.output();
}

// ---- what is known beforehand

struct Known {
  const char* env;
  const char* cause;
  const char* way_out;
};

const Known kKnown[] = {
    {"NATS_EXTRA_CONFIG_FILE=users.conf\n", "users.conf:1", "no_auth_user"},
    {"NATS_EXTRA_CONFIG_FILE=nojs.conf\n", "nojs.conf:2", "jetstream: enabled"},
    {"NATS_MAX_SUBSCRIPTIONS=7\n", "NATS_MAX_SUBSCRIPTIONS", "too low: 8"},
    {"NATS_MAX_PENDING=1\nNATS_MAX_PAYLOAD=1\n", "NATS_MAX_PENDING", "too low: 704"},
    {"NATS_TLS_ENABLED=true\nNATS_TLS_VERIFY=true\nNATS_TLS_CERT=only.pem\nNATS_TLS_KEY=only.key\n"
     "NATS_TLS_CA=ca.pem\n",
     "only.pem lacks clientAuth", "NATS_TLS_CLIENT_CERT"},
};

TEST_P(RefusedLoginTest, WhatIsKnownBeforehandIsRefusedByValidateReloadRestartAndRun) {
  (void)directory_->write("users.conf", kAccounts);
  (void)directory_->write(
      "nojs.conf", "accounts { APP { users: [ {user: a, password: b} ] } }\nno_auth_user: a");
  const CertificatePair ca =
      make_certificate(*directory_, "ca", {.common_name = "CA", .issuer = {}, .authority = true});
  (void)make_certificate(*directory_, "only",
                         {.names = {"IP:127.0.0.1"}, .issuer = ca, .usage = "serverAuth"});
  const auto write = [&](const std::string& text) { std::ofstream{*directory_ / ".env"} << text; };
  write("");
  Broker broker({.server = server(), .environment = {}, .directory = directory_});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  const pid_t process = broker.server_pid();

  for (const Known& known : kKnown) {
    write(known.env);
    for (const std::string command : {"validate", "reload", "restart", "run"}) {
      const Finished finished = broker.command({command});
      EXPECT_EQ(finished.status, 78) << command << "\n" << known.env << finished.output;
      EXPECT_NE(finished.output.find(known.cause), std::string::npos) << finished.output;
      EXPECT_NE(finished.output.find(known.way_out), std::string::npos) << finished.output;
    }
  }
  EXPECT_EQ(broker.server_pid(), process);
  EXPECT_TRUE(broker.ready()) << broker.output();
  EXPECT_TRUE(broker.client().publish("trade-data.x", "still there"));
}

TEST_P(RefusedLoginTest, AUserOutsideTheAccountWithJetStreamIsRefused) {
  (void)directory_->write("x.conf", kAccounts);
  (void)directory_->write(".env",
                          "NATS_EXTRA_CONFIG_FILE=x.conf\nNATS_AUTH_ENABLED=true\n"
                          "NATS_AUTH_USERNAME=app\nNATS_AUTH_PASSWORD=a-long-password-1\n");
  Broker broker({.server = server(), .environment = {}, .directory = directory_});

  EXPECT_EQ(broker.wait(20s), 78) << broker.output();
  const Finished validated = broker.command({"validate"});
  EXPECT_EQ(validated.status, 78) << validated.output;
  EXPECT_NE(validated.output.find("x.conf:1: "), std::string::npos) << validated.output;
  EXPECT_EQ(validated.output.find("put all users"), std::string::npos)
      << "the advice of before led into a refused login";
}

/// Exactly as many as are asked for: with one less it would be refused for nothing, or never ready.
TEST_P(RefusedLoginTest, TheLeastThatIsTakenIsEnough) {
  Broker broker({.server = server(),
                 .environment = {{"NATS_MAX_SUBSCRIPTIONS", "8"}},
                 .directory = directory_});

  EXPECT_TRUE(broker.wait_ready(20s)) << broker.output();
  EXPECT_EQ(broker.command({"validate"}).status, 0);
}

UNIFIED_ON_EVERY_SERVER(RefusedLoginTest);

}  // namespace
}  // namespace unified::test
