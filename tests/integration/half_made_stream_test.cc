// A creation that was cut off leaves a folder without a configuration: the stream that is made of
// it must be there at every later start, too.
#include <filesystem>

#include <gtest/gtest.h>

#include "support/broker.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

class HalfMadeStreamTest : public ServerTest {};

TEST_P(HalfMadeStreamTest, KeepsItsMessagesAtLaterStarts) {
  auto directory = std::make_shared<TempDir>();
  const std::string folder = "store/jetstream/$G/streams/ORDERS/";
  fs::create_directories(*directory / (folder + "msgs"));
  (void)directory->write(folder + "meta.inf", "");
  const std::string manifest =
      directory->write("streams.yaml", "streams: [{name: ORDERS, subjects: [orders.>]}]\n");
  for (std::uint64_t start = 1; start <= 3; ++start) {
    SCOPED_TRACE(start);
    Broker broker(
        {.server = server(), .environment = {{"STREAMS_FILE", manifest}}, .directory = directory});
    ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
    ASSERT_TRUE(broker.client().publish("orders.new", "m"));
    EXPECT_EQ(broker.client().count("ORDERS"), start);
    EXPECT_EQ(broker.stop(), 0);
  }
}

UNIFIED_ON_EVERY_SERVER(HalfMadeStreamTest);

}  // namespace
}  // namespace unified::test
