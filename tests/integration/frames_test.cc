#include "support/frames.h"

#include <csignal>
#include <set>

#include <gtest/gtest.h>

#include "support/broker.h"
#include "support/wait_until.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;

class FramesTest : public ServerTest {};

std::vector<Frame> all_frames() {
  auto frames = recorded_frames();
  if (!frames)
    return {};
  for (const Frame& frame : made_frames(20))
    frames->push_back(frame);
  return *std::move(frames);
}

TEST_P(FramesTest, AllEightTypesComeBackByteForByte) {
  const std::vector<Frame> frames = all_frames();
  if (frames.empty())
    GTEST_SKIP() << recorded_frames().error().message;
  Broker broker({.server = server()});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  NatsClient client = broker.client();
  for (const Frame& frame : frames) {
    const auto ack = client.publish(frame.subject, frame.payload);
    ASSERT_TRUE(ack) << ack.error().message;
    ASSERT_EQ(ack->stream, "MARKET_DATA");
  }

  const std::vector<DeliveredMessage> read = client.consumed("MARKET_DATA", 60s);

  ASSERT_EQ(read.size(), frames.size());
  std::set<std::string> types;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    ASSERT_EQ(read[i].subject, frames[i].subject);
    ASSERT_EQ(read[i].payload, frames[i].payload);
    types.insert(frames[i].subject.substr(0, frames[i].subject.find('.')));
  }
  EXPECT_EQ(types.size(), 8U);
  EXPECT_EQ(broker.stop(), 0);
}

/// Publishes until acked; a lost connection or ack means once more, as a careful publisher would.
std::uint64_t publish_for_sure(NatsClient& client, const Frame& frame) {
  std::uint64_t sequence = 0;
  const bool acked = wait_until(30s, [&] {
    const auto ack = client.publish(frame.subject, frame.payload);
    if (ack)
      sequence = ack->sequence;
    return ack.ok();
  });
  EXPECT_TRUE(acked) << "never acked: " << frame.subject;
  return sequence;
}

TEST_P(FramesTest, EveryAckedFrameSurvivesThreeKillsOfTheServer) {
  const std::vector<Frame> frames = all_frames();
  if (frames.empty())
    GTEST_SKIP() << recorded_frames().error().message;
  Broker broker({.server = server()});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  NatsClient client = broker.client();
  std::map<std::uint64_t, std::size_t> acked;
  std::set<pid_t> servers{broker.server_pid()};
  for (std::size_t i = 0; i < frames.size(); ++i) {
    if (i > 0 && i % (frames.size() / 4) == 0 && servers.size() < 4) {
      const pid_t victim = broker.server_pid();
      ASSERT_EQ(::kill(victim, SIGKILL), 0);
      // The next server runs: from here on "ready" speaks of that one.
      ASSERT_TRUE(wait_until(20s, [&] {
        const pid_t now = broker.server_pid();
        return now != 0 && now != victim;
      }));
      ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
      ASSERT_TRUE(servers.insert(broker.server_pid()).second);
    }
    acked[publish_for_sure(client, frames[i])] = i;
  }
  EXPECT_EQ(servers.size(), 4U);

  std::map<std::uint64_t, StoredMessage> stored;
  for (StoredMessage& message : client.stored("MARKET_DATA"))
    stored.emplace(message.sequence, std::move(message));

  ASSERT_EQ(acked.size(), frames.size());
  for (const auto& [sequence, index] : acked) {
    ASSERT_TRUE(stored.contains(sequence)) << "acked and lost: sequence " << sequence;
    ASSERT_EQ(stored.at(sequence).subject, frames[index].subject);
    ASSERT_EQ(stored.at(sequence).payload, frames[index].payload);
  }
  EXPECT_EQ(broker.stop(), 0);
}

TEST_P(FramesTest, ReadinessIsFalseFromTheMomentTheServerDies) {
  Broker broker({.server = server()});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  const pid_t victim = broker.server_pid();
  ::kill(victim, SIGKILL);
  ASSERT_TRUE(wait_until(5s, [victim] { return ::kill(victim, 0) != 0; }));

  // Reaped means noticed: whatever is asked from here on must know.
  const auto reply = broker.get("/readyz");

  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->status, 503) << reply->body;
  EXPECT_TRUE(broker.wait_ready(20s)) << broker.output();
}

UNIFIED_ON_EVERY_SERVER(FramesTest);

}  // namespace
}  // namespace unified::test
