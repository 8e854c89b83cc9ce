#include "config/changes.h"

#include <gtest/gtest.h>

#include "config/load.h"
#include "fake_host.h"

namespace unified::config {
namespace {

Settings settings(std::map<std::string, std::string> environment) {
  Inputs inputs;
  inputs.environment = std::move(environment);
  auto loaded = load(inputs, FakeHost{});
  if (!loaded)
    throw std::runtime_error{to_text(loaded.error().front())};
  return std::move(loaded->settings);
}

TEST(ChangesTest, SameSettingsDifferInNothing) {
  EXPECT_TRUE(changes(settings({}), settings({})).empty());
  EXPECT_TRUE(changes(settings({{"NATS_AUTH_ENABLED", "true"}, {"NATS_AUTH_TOKEN", "secret-one"}}),
                      settings({{"NATS_AUTH_ENABLED", "true"}, {"NATS_AUTH_TOKEN", "secret-one"}}))
                  .empty());
}

TEST(ChangesTest, SaysWhichARunningBrokerTakes) {
  const auto found =
      changes(settings({}), settings({{"NATS_MAX_PAYLOAD", "2MB"}, {"JETSTREAM_MAX_FILE", "5GB"}}));
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(describe(found[0]), "NATS_MAX_PAYLOAD: 1MB -> 2MB");
  EXPECT_TRUE(found[0].reloadable);
  EXPECT_EQ(found[1].name, "JETSTREAM_MAX_FILE");
  EXPECT_FALSE(found[1].reloadable);
}

TEST(ChangesTest, AnotherSecretIsADifferenceThatIsNotShown) {
  const auto found =
      changes(settings({{"NATS_AUTH_ENABLED", "true"}, {"NATS_AUTH_TOKEN", "secret-one"}}),
              settings({{"NATS_AUTH_ENABLED", "true"}, {"NATS_AUTH_TOKEN", "secret-two"}}));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(describe(found[0]), "NATS_AUTH_TOKEN: changed");
}

TEST(ChangesTest, AnotherPasswordInAUrlIsADifference) {
  const auto found = changes(settings({{"NATS_URL", "nats://me:secret-one@a:4222"}}),
                             settings({{"NATS_URL", "nats://me:secret-two@a:4222"}}));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(describe(found[0]), "NATS_URL: changed");
}

TEST(ChangesTest, WhatIsNotBuiltYetIsNoDifference) {
  EXPECT_TRUE(changes(settings({}), settings({{"API_ENABLED", "true"}})).empty());
}

}  // namespace
}  // namespace unified::config
