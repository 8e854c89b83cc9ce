// A client restores a declared stream while we look after it.
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "list_watch.h"
#include "sidecar_beside.h"
#include "support/broker.h"
#include "support/wait_until.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;

constexpr int kRestoredMessages = 500;
constexpr const char* kRestoredStream = R"(
streams:
  - name: ORDERS
    subjects: [orders.>]
    consumers:
      - {name: billing}
)";

/// What `nats stream backup` keeps.
struct StreamBackup {
  nlohmann::json config;
  nlohmann::json state;
  std::vector<std::string> pieces;
};

class RestoreHoldTest : public ServerTest {
 protected:
  Broker start(Environment more = {}) {
    (void)directory_->write("streams.yaml", kRestoredStream);
    more.insert({{"STREAMS_FILE", *directory_ / "streams.yaml"}, {"RECONCILE_INTERVAL", "1"}});
    return Broker{{.server = server(), .environment = std::move(more), .directory = directory_}};
  }

  static void fill(NatsClient& client) {
    for (int i = 0; i < kRestoredMessages; ++i)
      ASSERT_TRUE(client.publish("orders.x", fmt::format("{:0>1000}", i)));
  }

  static StreamBackup save(NatsClient& client) {
    auto inbox = client.connection().open_inbox(nats::InboxKind::kBelow, {});
    if (!inbox)
      throw std::runtime_error{inbox.error().message};
    const nlohmann::json said =
        client.api_ok("STREAM.SNAPSHOT.ORDERS",
                      {{"deliver_subject", (*inbox)->prefix() + ".data"}, {"chunk_size", 30000}});
    StreamBackup backup{said.at("config"), said.at("state"), {}};
    while (true) {
      auto piece = (*inbox)->next(10s);
      if (!piece || !*piece)
        throw std::runtime_error{"no piece of the backup"};
      if ((*piece)->payload.empty())
        return backup;
      backup.pieces.push_back((*piece)->payload);
      if (!(*piece)->reply.empty() && !client.connection().send((*piece)->reply, {}, {}, {}))
        throw std::runtime_error{"cannot acknowledge"};
    }
  }

  /// What `nats stream restore` does. `between` is called when the first piece was sent, and must
  /// return within 5 s: then the server would give the restore up. The server's last answer.
  static nlohmann::json restore(NatsClient& client,
                                const StreamBackup& backup,
                                const std::function<void()>& between) {
    const auto begun = client.api_ok("STREAM.RESTORE.ORDERS",
                                     {{"config", backup.config}, {"state", backup.state}});
    const std::string subject = begun.at("deliver_subject");
    for (std::size_t i = 0; i < backup.pieces.size(); ++i) {
      const auto answer = client.connection().request(subject, backup.pieces[i], 10s);
      if (!answer || !answer->empty())
        throw std::runtime_error{answer ? *answer : answer.error().message};
      if (i == 0)
        between();
    }
    const auto end = client.connection().request(subject, "", 30s);
    return end ? nlohmann::json::parse(*end) : nlohmann::json{{"error", end.error().message}};
  }

  std::shared_ptr<TempDir> directory_ = std::make_shared<TempDir>();
};

TEST_P(RestoreHoldTest, DriftRepairLeavesAStreamAloneUntilItIsRestored) {
  Broker broker = start();
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  NatsClient client = broker.client();
  fill(client);
  const StreamBackup backup = save(client);
  const ListWatch watch{broker.url()};
  (void)client.api_ok("STREAM.DELETE.ORDERS");
  std::string reason;
  bool passed = false;
  bool is_there = false;

  const nlohmann::json end = restore(client, backup, [&] {
    const int begun = watch.lists();
    // One list a second, and some for looks.
    passed = wait_until(4s, [&] { return watch.lists() >= begun + 3; });
    if (const auto reply = broker.get("/readyz"))
      reason = reply->body;
    is_there = !client.api("STREAM.INFO.ORDERS").contains("error");
  });

  EXPECT_FALSE(end.contains("error")) << end << broker.output();
  EXPECT_TRUE(passed) << broker.output();
  // nats-server 2.15 has the stream once the last byte has come, before it is told so.
  EXPECT_TRUE(is_there || reason.find("is being restored since") != std::string::npos) << reason;
  EXPECT_TRUE(broker.wait_ready(10s)) << broker.output();
  EXPECT_EQ(client.count("ORDERS"), static_cast<std::uint64_t>(kRestoredMessages));
  EXPECT_TRUE(broker.process().wait_for_output("the restore of stream ORDERS has ended", 5s))
      << broker.output();
  EXPECT_EQ(broker.output().find("stream ORDERS was missing and was created again"),
            std::string::npos)
      << broker.output();
}

TEST_P(RestoreHoldTest, InitAndHealthTellThatItIsBeingRestored) {
  Broker broker = start();
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  NatsClient client = broker.client();
  fill(client);
  const StreamBackup backup = save(client);
  (void)client.api_ok("STREAM.DELETE.ORDERS");
  Finished init;
  Finished health;

  const nlohmann::json end = restore(client, backup, [&] {
    init = broker.command({"init"}, 2s);
    health = broker.command({"health"}, 2s);
  });

  EXPECT_FALSE(end.contains("error")) << end << broker.output();
  EXPECT_EQ(init.status, 0) << init.output;
  EXPECT_NE(init.output.find("stream ORDERS is being restored since"), std::string::npos)
      << init.output;
  EXPECT_NE(health.output.find("is being restored since"), std::string::npos) << health.output;
  EXPECT_EQ(client.count("ORDERS"), static_cast<std::uint64_t>(kRestoredMessages));
}

TEST_P(RestoreHoldTest, ASidecarThatComesLaterFindsTheRestore) {
  BareServer bare({.server = server(), .config = {}, .directory = nullptr});
  (void)directory_->write("streams.yaml", kRestoredStream);
  NatsClient client = client_of(bare);
  (void)client.api_ok("STREAM.CREATE.ORDERS", {{"name", "ORDERS"}, {"subjects", {"orders.>"}}});
  fill(client);
  const StreamBackup backup = save(client);
  (void)client.api_ok("STREAM.DELETE.ORDERS");
  std::optional<Broker> sidecar;
  std::string reason;

  const nlohmann::json end = restore(client, backup, [&] {
    sidecar.emplace(beside(
        bare, {{"STREAMS_FILE", *directory_ / "streams.yaml"}, {"RECONCILE_INTERVAL", "1"}}));
    (void)wait_until(4s, [&] {
      const auto reply = sidecar->get("/readyz");
      reason = reply ? reply->body : "";
      return reason.find("is being restored since") != std::string::npos;
    });
  });

  EXPECT_FALSE(end.contains("error")) << end << sidecar->output();
  EXPECT_NE(reason.find("is being restored since"), std::string::npos) << reason;
  EXPECT_TRUE(sidecar->wait_ready(10s)) << sidecar->output();
  EXPECT_EQ(client.count("ORDERS"), static_cast<std::uint64_t>(kRestoredMessages));
}

TEST_P(RestoreHoldTest, ARestoreThatTakesLongerThanRestoreHoldIsNotWaitedFor) {
  Broker broker = start({{"RESTORE_HOLD", "1"}});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  NatsClient client = broker.client();
  const StreamBackup backup = save(client);
  (void)client.api_ok("STREAM.DELETE.ORDERS");

  // Its client is gone at once: no piece is ever sent, and the server will not tell its end.
  (void)client.api_ok("STREAM.RESTORE.ORDERS",
                      {{"config", backup.config}, {"state", backup.state}});

  EXPECT_TRUE(broker.process().wait_for_output("takes longer than RESTORE_HOLD", 15s))
      << broker.output();
  EXPECT_TRUE(broker.wait_ready(15s)) << broker.output();
}

UNIFIED_ON_EVERY_SERVER(RestoreHoldTest);

}  // namespace
}  // namespace unified::test
