#include "app/power_loss.h"

#include <gtest/gtest.h>

namespace unified::app {
namespace {

TEST(PowerLossTest, SaysWhatTheChosenIntervalCosts) {
  config::JetStreamSettings settings;
  const auto has = [&settings](ServerVersion version, std::string_view text) {
    return power_loss_costs(settings, version).find(text) != std::string::npos;
  };
  EXPECT_TRUE(has({2, 10, 27}, "the last 2m "));
  EXPECT_TRUE(has({2, 15, 1}, "the last 2m "));
  EXPECT_TRUE(has({2, 9, 10}, "the last 1m "));
  settings.sync_interval = std::chrono::seconds{10};
  EXPECT_TRUE(has({2, 10, 27}, "the last 10s "));
  settings.sync_interval.reset();
  settings.sync_always = true;
  EXPECT_TRUE(has({2, 10, 27}, "no acknowledged message"));
}

}  // namespace
}  // namespace unified::app
