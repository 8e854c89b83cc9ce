#include <gtest/gtest.h>

#include "config/load.h"
#include "fake_host.h"
#include "loaded.h"

namespace unified::config {
namespace {

std::string errors_of(const std::string& env) {
  const auto result = load(env_file(env), FakeHost{});
  std::string all;
  if (!result)
    for (const std::string& line : texts(result.error()))
      all += line + "\n";
  return all;
}

TEST(OwnNeedsTest, TooLittleForTheSupervisorItselfIsRefused) {
  EXPECT_NE(errors_of("NATS_MAX_SUBSCRIPTIONS=7\n").find("NATS_MAX_SUBSCRIPTIONS"),
            std::string::npos);
  EXPECT_NE(errors_of("NATS_MAX_SUBSCRIPTIONS=7\n").find("too low: 8 subscriptions"),
            std::string::npos);
  EXPECT_NE(errors_of("NATS_MAX_PENDING=1\nNATS_MAX_PAYLOAD=1\n").find("704 bytes"),
            std::string::npos);
  EXPECT_NE(errors_of("NATS_MAX_PAYLOAD=11\n").find("NATS_MAX_PAYLOAD"), std::string::npos);
}

TEST(OwnNeedsTest, WhatMayBeEnoughIsNot) {
  EXPECT_EQ(errors_of("NATS_MAX_SUBSCRIPTIONS=8\n"), "");
  EXPECT_EQ(errors_of("NATS_MAX_SUBSCRIPTIONS=0\n"), "");
  EXPECT_EQ(errors_of("NATS_MAX_PENDING=704\nNATS_MAX_PAYLOAD=12\n"), "");
}

TEST(OwnNeedsTest, WithoutJetStreamNothingIsAsked) {
  EXPECT_EQ(errors_of("JETSTREAM_ENABLED=false\nNATS_MAX_SUBSCRIPTIONS=1\nNATS_MAX_PAYLOAD=1\n"
                      "NATS_MAX_PENDING=244\n"),
            "");
  EXPECT_NE(errors_of("JETSTREAM_ENABLED=false\nNATS_MAX_PAYLOAD=1\nNATS_MAX_PENDING=243\n"), "");
}

}  // namespace
}  // namespace unified::config
