// A disk that gets full under the server: nothing acked is lost, no sequence is used twice, and it
// comes back by itself.
#include <algorithm>
#include <filesystem>

#include <gtest/gtest.h>

#include "support/broker.h"
#include "support/small_disk.h"
#include "support/wait_until.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr std::int64_t kMegabyte = 1024 * 1024;

class DiskFullTest : public ServerTest {
 protected:
  void SetUp() override {
    ServerTest::SetUp();
    if (!disk_.why_not().empty())
      GTEST_SKIP() << disk_.why_not();
  }

  Environment environment() {
    return {{"JETSTREAM_STORE_DIR", disk_ / "store"},
            {"STREAM_MAX_BYTES", "100MB"},
            {"LIVENESS_INTERVAL", "1"},
            {"STOP_TIMEOUT", "3"}};  // 2.9 hangs, and must be killed
  }

  SmallDisk disk_{24};
};

nlohmann::json status_of(const Broker& broker) {
  const auto reply = broker.get("/status");
  return reply ? nlohmann::json::parse(reply->body) : nlohmann::json::object();
}

bool is_down_for_room(const Broker& broker) {
  const nlohmann::json status = status_of(broker);
  const std::string reasons = status.value("not_ready_because", nlohmann::json{}).dump();
  return status.value("phase", "") == "stopped" && reasons.find("is full") != std::string::npos;
}

struct Acked {
  std::string payload;
  std::uint64_t sequence = 0;
};

/// Every message that was acked before one was not.
std::vector<Acked> publish_until_refused(NatsClient& client, std::size_t size) {
  std::vector<Acked> acked;
  for (int i = 0; i < 10'000; ++i) {
    std::string payload = std::to_string(i) + std::string(size, 'x');
    const auto ack = client.publish("trade-data.x", payload);
    if (!ack)
      break;
    acked.push_back({std::move(payload), ack->sequence});
  }
  return acked;
}

bool has_all(const std::vector<DeliveredMessage>& stored, const std::vector<Acked>& acked) {
  return stored.size() >= acked.size() &&
         std::ranges::equal(
             acked, std::ranges::subrange(stored.begin(), stored.begin() + std::ssize(acked)), {},
             &Acked::payload, &DeliveredMessage::payload);
}

/// With messages of this size on all three servers: at which write of which file the disk is full
/// decides what they do.
class DiskFillsTest : public DiskFullTest {
 protected:
  void fill_and_come_back(std::size_t size) {
    Broker broker({.server = server(), .environment = environment()});
    ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
    disk_.take(8 * kMegabyte);
    NatsClient publisher = broker.client();
    const std::vector<Acked> acked = publish_until_refused(publisher, size);
    ASSERT_GT(acked.size(), 500U) << broker.output();

    EXPECT_TRUE(wait_until(40s, [&] { return is_down_for_room(broker); })) << broker.output();
    EXPECT_NE(broker.output().find("stopped nats-server so that nothing acked is lost"),
              std::string::npos)
        << broker.output();
    EXPECT_EQ(broker.server_pid(), 0);
    EXPECT_TRUE(status_of(broker)["disk"]["free_bytes"].is_number());
    disk_.give_back();

    ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
    NatsClient client = broker.client();
    const std::vector<DeliveredMessage> stored = client.consumed("MARKET_DATA");
    EXPECT_TRUE(has_all(stored, acked)) << stored.size() << " stored of " << acked.size();
    const auto next = client.publish("trade-data.x", "after");
    ASSERT_TRUE(next) << next.error().message;
    EXPECT_GT(next->sequence, acked.back().sequence);
    EXPECT_EQ(next->sequence, stored.size() + 1);
    EXPECT_EQ(broker.output().find("starting it in"), std::string::npos) << "counted as a crash";
    EXPECT_EQ(broker.stop(), 0);
  }
};

TEST_P(DiskFillsTest, EveryAckedMessageOutlivesIt) {
  fill_and_come_back(16'000);
}

TEST_P(DiskFillsTest, EveryAckedMessageOutlivesAServerThatHangs) {
  fill_and_come_back(8'000);  // 2.9 does not even say why
}

UNIFIED_ON_EVERY_SERVER(DiskFillsTest);

TEST_P(DiskFullTest, AStartOnAFullDiskCreatesNothingAndWaitsForRoom) {
  fs::create_directories(disk_ / "store");
  disk_.take_everything();
  Broker broker({.server = server(), .environment = environment()});
  const std::string told = "no stream is created or changed until there is room";

  EXPECT_TRUE(broker.process().wait_for_output(told, 20s)) << broker.output();
  EXPECT_FALSE(broker.ready());
  EXPECT_FALSE(fs::exists(disk_ / "store/jetstream/$G/streams/MARKET_DATA"));
  disk_.give_back();

  EXPECT_TRUE(broker.wait_ready(30s)) << broker.output();
  EXPECT_EQ(broker.stop(), 0);
}

UNIFIED_ON_EVERY_SERVER(DiskFullTest);

class HalfMadeTest : public ServerTest {};

TEST_P(HalfMadeTest, AStreamThatWasNeverFinishedIsNamedAndLeftAlone) {
  auto directory = std::make_shared<TempDir>();
  const std::string folder = *directory / "store/jetstream/$G/streams/CUT_OFF";
  fs::create_directories(folder + "/msgs");
  Broker broker({.server = server(), .directory = directory});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();

  const nlohmann::json status = status_of(broker);

  EXPECT_NE(status["half_made"].dump().find("CUT_OFF (meta.inf is missing)"), std::string::npos)
      << status["half_made"];
  EXPECT_NE(broker.output().find(folder + " is a stream that was never finished"),
            std::string::npos)
      << broker.output();
  EXPECT_TRUE(fs::exists(folder + "/msgs"));
}

TEST_P(HalfMadeTest, ADeclaredStreamThatWasNeverBegunIsCreated) {
  auto directory = std::make_shared<TempDir>();
  fs::create_directories(*directory / "store/jetstream/$G/streams/MARKET_DATA/msgs");

  Broker broker({.server = server(), .directory = directory});

  EXPECT_TRUE(broker.wait_ready(20s)) << broker.output();
}

UNIFIED_ON_EVERY_SERVER(HalfMadeTest);

}  // namespace
}  // namespace unified::test
