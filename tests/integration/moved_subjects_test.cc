// A subject that moves from one stream to another while somebody publishes to it: every message
// that was acknowledged is there, and at the end some stream stores the subject.
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <thread>

#include <gtest/gtest.h>

#include "integration/sidecar_beside.h"
#include "support/entrypoint.h"
#include "support/wait_until.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr const char* kAll = "{name: ALL, subjects: [orders.>]}";

/// Publishes without end, and counts what was acknowledged.
class Publisher {
 public:
  explicit Publisher(const BareServer& server)
      : client_(client_of(server)),
        thread_([this] {
          while (!ended_)
            if (client_.publish("events.x", std::to_string(acknowledged_)))
              ++acknowledged_;
        }) {}
  Publisher(const Publisher&) = delete;
  Publisher(Publisher&&) = delete;
  Publisher& operator=(const Publisher&) = delete;
  Publisher& operator=(Publisher&&) = delete;
  ~Publisher() { end(); }

  /// How many were acknowledged.
  std::uint64_t end() {
    ended_ = true;
    if (thread_.joinable())
      thread_.join();
    return acknowledged_;
  }
  [[nodiscard]] std::uint64_t acknowledged() const { return acknowledged_; }

 private:
  NatsClient client_;
  std::atomic<bool> ended_{false};
  std::atomic<std::uint64_t> acknowledged_{0};
  std::thread thread_;
};

class MovedSubjectsTest : public ServerTest {
 protected:
  void start(const std::string& events) {
    bare_ = std::make_unique<BareServer>(
        BareServerOptions{.server = server(), .config = {}, .directory = nullptr});
    (void)client_of(*bare_).api_ok("STREAM.CREATE.ALL",
                                   {{"name", "ALL"}, {"subjects", {"orders.>", "events.>"}}});
    publisher_ = std::make_unique<Publisher>(*bare_);
    manifest_ =
        directory_.write("streams.yaml", "streams: [" + std::string{kAll} + ", " + events + "]\n");
  }

  [[nodiscard]] std::unique_ptr<Broker> sidecar(Environment more) const {
    more.insert({{"STREAMS_FILE", manifest_}, {"ASAN_OPTIONS", "verify_asan_link_order=0"}});
    return std::make_unique<Broker>(beside(*bare_, std::move(more)));
  }

  [[nodiscard]] Environment slow(const std::string& request) const {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody changes the environment
    const char* const widened = std::getenv("UNIFIED_WINDOW_MS");
    return {{"RECONCILE_ALLOW", "lossy"},
            {"LD_PRELOAD", test_program("slow_request.so")},
            {"SLOW_REQUEST", request},
            {"SLOW_REQUEST_MS", widened == nullptr ? "2000" : widened},
            {"SLOW_REQUEST_FILE", window()}};
  }
  [[nodiscard]] std::string window() const { return directory_ / "window"; }
  [[nodiscard]] bool is_there(const std::string& file) const {
    return wait_until(30s, [&] { return std::filesystem::exists(file); });
  }

  /// Somebody stores it, and all that was acknowledged.
  void expect_nothing_lost() {
    const std::uint64_t acknowledged = publisher_->end();
    NatsClient client = client_of(*bare_);
    EXPECT_TRUE(client.publish("events.x", "the last one"));
    bare_->restart();
    NatsClient reader = client_of(*bare_);
    std::uint64_t stored = 0;
    const json names = reader.api_ok("STREAM.NAMES")["streams"];
    for (const json& name : names)
      stored += reader.count(name);
    EXPECT_GE(stored, acknowledged + 1);
    EXPECT_GT(acknowledged, 0U);
  }

  [[nodiscard]] json subjects(const std::string& stream) const {
    return client_of(*bare_).api("STREAM.INFO." + stream)["config"]["subjects"];
  }

  TempDir directory_;
  std::string manifest_;
  std::unique_ptr<BareServer> bare_;
  std::unique_ptr<Publisher> publisher_;
};

TEST_P(MovedSubjectsTest, AreStoredWhereTheyAreToBeAndNothingIsLost) {
  start("{name: EVENTS, subjects: [events.>]}");
  const auto ours = sidecar(slow("STREAM.UPDATE.EVENTS,STREAM.CREATE.EVENTS"));
  EXPECT_TRUE(ours->wait_ready(40s)) << ours->output();
  EXPECT_EQ(subjects("EVENTS"), json({"events.>"}));
  EXPECT_EQ(subjects("ALL"), json({"orders.>"}));
  expect_nothing_lost();
}

TEST_P(MovedSubjectsTest, StayWhereTheyAreWhenTheServerDoesNotMakeTheStreamThatShallHaveThem) {
  // More than any store has.
  start("{name: EVENTS, subjects: [events.>], max_bytes: 9000000000000000000}");
  const auto ours = sidecar(slow("STREAM.UPDATE.EVENTS,STREAM.CREATE.EVENTS"));
  EXPECT_TRUE(is_there(window() + ".sent")) << ours->output();
  EXPECT_TRUE(
      ours->process().wait_for_output("stream EVENTS is to capture events.> and can't", 20s))
      << ours->output();
  EXPECT_EQ(subjects("ALL"), json({"orders.>", "events.>"}));
  expect_nothing_lost();
}

TEST_P(MovedSubjectsTest, ArriveAfterAKillBetweenTheTwoUpdates) {
  start("{name: EVENTS, subjects: [events.>]}");
  auto ours = sidecar(slow("STREAM.UPDATE.EVENTS"));
  ASSERT_TRUE(is_there(window())) << ours->output();
  EXPECT_TRUE(wait_until(5s, [&] { return subjects("ALL") == json({"orders.>"}); }));
  ours->kill_all();

  // Without any allowance: that was for the first one.
  const auto next = sidecar({});
  EXPECT_TRUE(next->wait_ready(30s)) << next->output();
  EXPECT_EQ(subjects("EVENTS"), json({"events.>"}));
  expect_nothing_lost();
}

UNIFIED_ON_EVERY_SERVER(MovedSubjectsTest);

}  // namespace
}  // namespace unified::test
