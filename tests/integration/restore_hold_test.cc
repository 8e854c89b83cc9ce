// A client restores a declared stream while we look after it.
#include <functional>
#include <future>
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
/// Of 17 pieces; less than the 5 s after which nats-server gives a restore up.
constexpr auto kBetweenPieces = 1s;
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

  /// What `nats stream restore` does to a deleted stream, over a connection of its own. `between`
  /// is called once the first piece was sent; the others follow on another thread when it has
  /// returned, but for one now and then: after 5 s without any the server gives the restore up.
  /// The server's last answer.
  static nlohmann::json restore(NatsClient client,
                                const StreamBackup& backup,
                                const std::function<void()>& between) {
    const std::string subject = begin_restore(client, backup);
    send(client, subject, backup.pieces.at(0));
    std::promise<void> returned;
    auto rest = std::async(std::launch::async, [&] {
      const std::future<void> has_returned = returned.get_future();
      for (std::size_t i = 1; i < backup.pieces.size(); ++i) {
        (void)has_returned.wait_for(kBetweenPieces);
        send(client, subject, backup.pieces[i]);
      }
      has_returned.wait();
    });
    between();
    returned.set_value();
    rest.get();
    const auto end = client.connection().request(subject, "", 30s);
    return end ? nlohmann::json::parse(*end) : nlohmann::json{{"error", end.error().message}};
  }

  /// The subject that the pieces go to. Between a DELETE and this request drift repair may have
  /// created the stream again, as it should: then it is deleted once more.
  static std::string begin_restore(NatsClient& client, const StreamBackup& backup) {
    constexpr int kNameInUse = 10130;
    const nlohmann::json request{{"config", backup.config}, {"state", backup.state}};
    while (true) {
      const nlohmann::json said = client.api("STREAM.RESTORE.ORDERS", request);
      if (!said.contains("error"))
        return said.at("deliver_subject");
      if (said["error"]["err_code"] != kNameInUse)
        throw std::runtime_error{said.dump()};
      (void)client.api("STREAM.DELETE.ORDERS");
    }
  }

  static void send(NatsClient& client, const std::string& subject, const std::string& piece) {
    const auto answer = client.connection().request(subject, piece, 10s);
    if (!answer || !answer->empty())
      throw std::runtime_error{answer ? *answer : answer.error().message};
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

  const nlohmann::json end = restore(broker.client(), backup, [&] {
    const int begun = watch.lists();
    // One list a second, and some for looks.
    passed = wait_until(10s, [&] { return watch.lists() >= begun + 3; });
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

  const nlohmann::json end = restore(broker.client(), backup, [&] {
    init = broker.command({"init"}, 10s);
    health = broker.command({"health"}, 10s);
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

  const nlohmann::json end = restore(client_of(bare), backup, [&] {
    sidecar.emplace(beside(
        bare, {{"STREAMS_FILE", *directory_ / "streams.yaml"}, {"RECONCILE_INTERVAL", "1"}}));
    (void)wait_until(10s, [&] {
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
  (void)begin_restore(client, backup);

  EXPECT_TRUE(broker.process().wait_for_output("takes longer than RESTORE_HOLD", 15s))
      << broker.output();
  EXPECT_TRUE(broker.wait_ready(15s)) << broker.output();
}

UNIFIED_ON_EVERY_SERVER(RestoreHoldTest);

}  // namespace
}  // namespace unified::test
