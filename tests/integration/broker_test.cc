#include "support/broker.h"

#include <chrono>

#include <gtest/gtest.h>

namespace unified::test {
namespace {

using namespace std::chrono_literals;

class BrokerTest : public ServerTest {};

TEST_P(BrokerTest, IsReadyWithItsStreamAndStopsCleanly) {
  Broker broker({.server = server(), .environment = {{"STREAM_MAX_MSGS", "100"}}, .directory = {}});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();

  const auto info = broker.client().api_ok("STREAM.INFO.MARKET_DATA");

  EXPECT_EQ(info["config"]["max_msgs"], 100);
  EXPECT_EQ(info["config"]["subjects"].size(), 8U);
  EXPECT_NE(broker.server_pid(), 0);
  EXPECT_EQ(broker.stop(), 0) << broker.output();
  EXPECT_TRUE(broker.process().others().empty());
}

UNIFIED_ON_EVERY_SERVER(BrokerTest);

}  // namespace
}  // namespace unified::test
