// A thousand streams in one manifest: created, found again, and cheap to keep.
#include <gtest/gtest.h>

#include "support/broker.h"
#include "support/wait_until.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr int kStreams = 1000;

class ThousandStreamsTest : public NewestServerTest {
 protected:
  static std::string manifest(int streams) {
    std::string text = "streams:\n";
    for (int i = 0; i < streams; ++i)
      text += "  S" + std::to_string(i) + ": {subjects: [s" + std::to_string(i) +
              ".>], storage: file, max_msgs: 1000, max_age: 2h, metadata: {number: \"" +
              std::to_string(i) + "\"}}\n";
    return text;
  }
};

/// What grows with the streams must grow by kilobytes each, also where the store is scanned first.
constexpr std::size_t kMostBytesEach = 12U * 1024U;

TEST_F(ThousandStreamsTest, AreCreatedKeptAndCostKilobytesEach) {
  auto directory = std::make_shared<TempDir>();
  const std::string all = directory->write("streams.yaml", manifest(kStreams));
  const std::string one = directory->write("one.yaml", manifest(1));
  Broker small({.server = server(), .environment = {{"STREAMS_FILE", one}}});
  ASSERT_TRUE(small.wait_ready(20s)) << small.output();

  for (const char* start : {"first", "second"}) {
    SCOPED_TRACE(start);
    Broker broker(
        {.server = server(), .environment = {{"STREAMS_FILE", all}}, .directory = directory});
    ASSERT_TRUE(broker.wait_ready(60s)) << broker.output();

    const std::size_t most = small.process().resident_bytes() + (kStreams * kMostBytesEach);
    EXPECT_TRUE(wait_until(10s, [&] { return broker.process().resident_bytes() <= most; }))
        << broker.process().resident_bytes() << " > " << most;
    NatsClient client = broker.client();
    EXPECT_EQ(client.api_ok("STREAM.NAMES")["total"], kStreams);
    EXPECT_EQ(client.publish("s999.x", "m")->stream, "S999");
    const Finished plan = broker.command({"plan"}, 60s);
    EXPECT_EQ(plan.status, 0) << plan.output.substr(0, 2000);
    EXPECT_EQ(broker.stop(), 0);
  }
}

}  // namespace
}  // namespace unified::test
