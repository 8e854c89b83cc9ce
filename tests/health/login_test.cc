#include "health/login.h"

#include <gtest/gtest.h>

namespace unified::health {
namespace {

using namespace std::chrono_literals;

TEST(LoginTest, KnowsTheWordsOfARefusalAndNamesTheWayOut) {
  for (const char* words :
       {"cannot connect to nats://127.0.0.1:4222: the server refuses the login",
        "cannot connect to nats://127.0.0.1:4222: connection Closed",
        "cannot connect to tls://127.0.0.1:4222: expected 'PONG', got ''",
        "cannot subscribe: connection Closed", "closed: maximum subscriptions exceeded",
        "cannot list stream names: JetStream not enabled for account (10039)"}) {
    EXPECT_TRUE(tells_of_refusal(words)) << words;
    EXPECT_NE(refusal_with_way_out(words).find("what to do: "), std::string::npos) << words;
  }
  EXPECT_FALSE(tells_of_refusal("cannot connect to nats://127.0.0.1:4222: connection refused"));
  EXPECT_FALSE(tells_of_refusal("no answer"));
  EXPECT_FALSE(tells_of_refusal("cannot subscribe: timeout")) << "the server may be frozen";
}

TEST(LoginTest, TooFewSubscriptionsAreNotTakenForAnythingElse) {
  EXPECT_NE(
      refusal_with_way_out("cannot subscribe: connection Closed").find("NATS_MAX_SUBSCRIPTIONS"),
      std::string::npos);
}

TEST(LoginTest, WithoutTlsAnEndDuringTheLoginIsNoMatterOfCertificates) {
  const std::string plain = "cannot connect to nats://127.0.0.1:4222: expected 'PONG', got ''";
  const std::string tls = "cannot connect to tls://127.0.0.1:4222: expected 'PONG', got ''";

  EXPECT_NE(refusal_with_way_out(plain).find("NATS_MAX_CONNECTIONS"), std::string::npos);
  EXPECT_EQ(refusal_with_way_out(plain).find("TLS"), std::string::npos);
  EXPECT_NE(refusal_with_way_out(tls).find("NATS_TLS_VERIFY"), std::string::npos);
  EXPECT_LE(next_connect_in(100, plain), 2s) << "a place may be free at any time";
  EXPECT_EQ(next_connect_in(100, tls), 30s);
}

TEST(LoginTest, TheFirstRefusalsMayStillBeAStart) {
  OwnConnection own;
  own.failed("the server refuses the login");
  own.failed("the server refuses the login");
  EXPECT_EQ(own.refusal(), "");
  own.failed("the server refuses the login");
  EXPECT_EQ(own.refusal(), "the server refuses the login");
  own.failed("connection refused");
  EXPECT_EQ(own.refusal(), "the server refuses the login");
  own.made();
  EXPECT_EQ(own.refusal(), "");
}

TEST(LoginTest, WhatIsNoRefusalNeverCounts) {
  OwnConnection own;
  for (int i = 0; i < 100; ++i)
    own.failed("connection refused");
  EXPECT_EQ(own.refusal(), "");
  EXPECT_EQ(own.pause(), 2s);
}

TEST(LoginTest, WhatComesAfterARefusalAndIsNoneTakesItsPlace) {
  OwnConnection own;
  for (int i = 0; i < 3; ++i)
    own.failed("the server refuses the login");
  for (int i = 0; i < 3; ++i)
    own.failed("connection refused");
  EXPECT_EQ(own.refusal(), "");
}

TEST(LoginTest, WithoutAFreeConnectionNobodyWaitsForMoreRefusals) {
  OwnConnection own;
  own.failed("maximum connections exceeded");
  EXPECT_NE(own.refusal(), "");
  own.made();
  EXPECT_EQ(own.refusal(), "");
}

/// NATS_MAX_PENDING: the server lets us in, and throws us out with its first answer.
TEST(LoginTest, AConnectionLostAgainAndAgainBeforeAnyAnswerIsARefusal) {
  OwnConnection own;
  for (int i = 0; i < 3; ++i) {
    own.made();
    own.lost("disconnected: ");
  }
  EXPECT_NE(refusal_with_way_out(own.refusal()).find("raise NATS_MAX_PENDING"), std::string::npos);
  for (int i = 0; i < 7; ++i)
    own.lost("disconnected: ");
  EXPECT_EQ(own.pause(), 3200ms);
}

TEST(LoginTest, AConnectionLostNowAndThenIsNone) {
  OwnConnection own;
  for (int i = 0; i < 100; ++i) {
    own.lost("disconnected: ");
    own.worked();
  }
  EXPECT_EQ(own.refusal(), "");
}

TEST(LoginTest, AnAnswerThatDeniesIsOneAtOnce) {
  OwnConnection own;
  own.denied("cannot list streams: no answer within 5000 ms");
  EXPECT_EQ(own.refusal(), "");
  own.denied(
      "cannot list streams: cannot request $JS.API.STREAM.LIST: no answer within 5000 ms "
      "(Permissions Violation for Publish to \"$JS.API.STREAM.LIST\")");
  EXPECT_NE(refusal_with_way_out(own.refusal()).find("publish `$JS.API.>`"), std::string::npos);
}

TEST(LoginTest, IsTriedQuicklyAtFirstAndLaterTwiceAMinute) {
  EXPECT_EQ(next_connect_in(0, ""), 100ms);
  EXPECT_EQ(next_connect_in(5, ""), 100ms);
  EXPECT_EQ(next_connect_in(6, ""), 200ms);
  EXPECT_EQ(next_connect_in(8, ""), 800ms);
  EXPECT_EQ(next_connect_in(1000, "no answer"), 2s);
  EXPECT_EQ(next_connect_in(1000, "the server refuses the login"), 30s);
  EXPECT_EQ(next_connect_in(1000, "maximum connections exceeded"), 2s);
}

}  // namespace
}  // namespace unified::health
