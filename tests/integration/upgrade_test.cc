// One store under 2.9, then 2.10, then 2.15: nothing is planned, nothing is lost.
#include <cstdlib>

#include <gtest/gtest.h>

#include "support/broker.h"
#include "support/wait_until.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr const char* kManifest = R"(streams:
  - name: ${STREAM_NAME}
    subjects: ${STREAM_SUBJECTS}
    storage: file
    max_age: 7d
    max_msgs: 1000
  - name: ORDERS
    subjects: [orders.>]
    description: orders of the day
    discard: new
    max_msgs_per_subject: 100
    discard_new_per_subject: true
    allow_direct: true
    deny_delete: true
    placement: {tags: [ssd]}
    republish: {dest: copy.>}
  - name: ARCHIVE
    mirror: ORDERS
  - name: ALL
    sources: [ORDERS, "${STREAM_NAME}"]
    duplicate_window: 0
)";

constexpr int kMessages = 50;
constexpr int kDelivered = 7;

class UpgradeTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* suite : {"bookworm", "trixie", "sid"}) {
      auto found = find_server(suite);
      if (!found && std::getenv("CI") == nullptr)
        GTEST_SKIP() << found.error().message;
      ASSERT_TRUE(found.ok()) << found.error().message;
      servers_.push_back(*found);
    }
    manifest_ = directory_->write("streams.yaml", kManifest);
  }

  std::unique_ptr<Broker> start(const NatsServer& server) {
    auto broker = std::make_unique<Broker>(BrokerOptions{
        .server = server, .environment = {{"STREAMS_FILE", manifest_}}, .directory = directory_});
    EXPECT_TRUE(broker->wait_ready(30s)) << broker->output();
    return broker;
  }

  static void fill(NatsClient client) {
    for (int i = 0; i < kMessages; ++i) {
      ASSERT_TRUE(client.publish("trade-data.x", std::to_string(i)));
      ASSERT_TRUE(client.publish("orders." + std::to_string(i % 5), std::to_string(i)));
    }
    for (const char* stream : {"MARKET_DATA", "ORDERS"}) {
      client.api_ok("CONSUMER.DURABLE.CREATE." + std::string{stream} + ".worker",
                    {{"stream_name", stream},
                     {"config", {{"durable_name", "worker"}, {"ack_policy", "none"}}}});
      for (int i = 0; i < kDelivered; ++i)
        EXPECT_EQ(client.api(std::string{"CONSUMER.MSG.NEXT."} + stream + ".worker"), i);
    }
    ASSERT_TRUE(copied(client));
  }

  static bool copied(NatsClient& client) {
    return wait_until(20s, [&] {
      return client.count("ARCHIVE") == kMessages && client.count("ALL") == 2 * kMessages;
    });
  }

  static void expect_everything(NatsClient client) {
    for (const char* stream : {"MARKET_DATA", "ORDERS"}) {
      const auto stored = client.stored(stream);
      ASSERT_EQ(stored.size(), static_cast<std::size_t>(kMessages)) << stream;
      for (std::size_t i = 0; i < stored.size(); ++i)
        EXPECT_EQ(stored[i].payload, std::to_string(i));
      const json worker = client.api_ok("CONSUMER.INFO." + std::string{stream} + ".worker");
      EXPECT_EQ(worker["delivered"]["stream_seq"], kDelivered) << stream;
      EXPECT_EQ(worker["num_pending"], kMessages - kDelivered) << stream;
    }
    EXPECT_TRUE(copied(client)) << client.count("ARCHIVE") << ", " << client.count("ALL");
  }

  static void expect_keep(const Broker& broker, const std::string& version) {
    const Finished plan = broker.command({"plan"});
    EXPECT_EQ(plan.status, 0) << version << "\n" << plan.output;
    for (const char* stream : {"MARKET_DATA: keep", "ORDERS: keep", "ARCHIVE: keep", "ALL: keep"})
      EXPECT_NE(plan.output.find(stream), std::string::npos) << version << "\n" << plan.output;
  }

  std::vector<NatsServer> servers_;
  std::shared_ptr<TempDir> directory_ = std::make_shared<TempDir>();
  std::string manifest_;
};

TEST_F(UpgradeTest, EveryVersionKeepsWhatTheOneBeforeStored) {
  {
    const auto first = start(servers_.front());
    fill(first->client());
    ASSERT_EQ(first->stop(), 0);
  }
  for (const NatsServer& server : servers_) {
    const auto broker = start(server);
    expect_keep(*broker, to_text(server.version));
    expect_everything(broker->client());
    ASSERT_EQ(broker->stop(), 0);
  }

  const auto older = start(servers_[1]);
  EXPECT_NE(older->output().find("is older than the 2.15"), std::string::npos)
      << "a downgrade must be told\n"
      << older->output();
  expect_everything(older->client());
}

}  // namespace
}  // namespace unified::test
