// A client changes a stream while we add a subject to it: what it has set and stored stays.
#include <filesystem>
#include <memory>

#include <gtest/gtest.h>

#include "integration/sidecar_beside.h"
#include "support/entrypoint.h"
#include "support/wait_until.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr int kMany = 100'000;

class ForeignUpdatesTest : public ServerTest {
 protected:
  void start(const std::string& slow_request) {
    bare_ = std::make_unique<BareServer>(
        BareServerOptions{.server = server(), .config = {}, .directory = nullptr});
    NatsClient client = client_of(*bare_);
    (void)client.api_ok("STREAM.CREATE.ORDERS",
                        {{"name", "ORDERS"}, {"subjects", {"orders.>"}}, {"max_msgs", 5}});
    for (int i = 0; i < 5; ++i)
      ASSERT_TRUE(client.publish("orders.new", std::to_string(i)));
    const std::string manifest = write_manifest("");
    ours_ =
        std::make_unique<Broker>(beside(*bare_, {{"STREAMS_FILE", manifest},
                                                 {"ASAN_OPTIONS", "verify_asan_link_order=0"},
                                                 {"LD_PRELOAD", test_program("slow_request.so")},
                                                 {"SLOW_REQUEST", slow_request},
                                                 {"SLOW_REQUEST_MS", "1500"},
                                                 {"SLOW_REQUEST_FILE", window()}}));
  }

  [[nodiscard]] std::string write_manifest(const std::string& more) const {
    return directory_.write(
        "streams.yaml", "streams: [{name: ORDERS, subjects: [orders.>, more.>]" + more + "}]\n");
  }
  [[nodiscard]] std::string window() const { return directory_ / "window"; }

  /// Within the time that our request rests.
  void raise_the_limit_and_store_100() {
    ASSERT_TRUE(wait_until(20s, [&] { return std::filesystem::exists(window()); }))
        << ours_->output();
    NatsClient client = client_of(*bare_);
    json config = client.api_ok("STREAM.INFO.ORDERS")["config"];
    config["max_msgs"] = kMany;
    (void)client.api_ok("STREAM.UPDATE.ORDERS", config);
    for (int i = 0; i < 100; ++i)
      ASSERT_TRUE(client.publish("orders.new", std::to_string(i)));
    ASSERT_FALSE(std::filesystem::exists(window() + ".sent")) << "the window was too short";
  }

  TempDir directory_;
  std::unique_ptr<BareServer> bare_;
  std::unique_ptr<Broker> ours_;
};

TEST_P(ForeignUpdatesTest, WhatAClientHasSetAndStoredBeforeTheUpdateStays) {
  start("STREAM.INFO.ORDERS,STREAM.UPDATE.ORDERS");
  raise_the_limit_and_store_100();
  EXPECT_TRUE(ours_->wait_ready(20s)) << ours_->output();
  NatsClient client = client_of(*bare_);
  EXPECT_EQ(client.count("ORDERS"), 105U);
  EXPECT_EQ(client.api_ok("STREAM.INFO.ORDERS")["config"]["max_msgs"], kMany);
  EXPECT_TRUE(client.publish("more.x", "stored"));
}

TEST_P(ForeignUpdatesTest, WhatIsChangedInTheLastMomentIsToldWithinASecond) {
  start("STREAM.UPDATE.ORDERS");
  raise_the_limit_and_store_100();
  ASSERT_TRUE(wait_until(20s, [&] { return std::filesystem::exists(window() + ".sent"); }));
  constexpr const char* kTold = "somebody else changed stream ORDERS at the same moment";
  EXPECT_TRUE(ours_->process().wait_for_output(kTold, 1s)) << ours_->output();
  EXPECT_TRUE(wait_until(1s, [&] {
    return status(*ours_)["warnings"].dump().find(kTold) != std::string::npos;
  })) << status(*ours_).dump();
  // Also after the look that their advisory has brought about.
  EXPECT_TRUE(ours_->wait_ready(20s)) << ours_->output();
  EXPECT_NE(status(*ours_)["warnings"].dump().find(kTold), std::string::npos);

  // A reload is no reason to forget it, but that everything is as declared then.
  (void)write_manifest(", max_msgs: 3");
  EXPECT_EQ(ours_->command({"reload"}).status, 1);
  EXPECT_NE(status(*ours_)["warnings"].dump().find(kTold), std::string::npos);
  (void)write_manifest("");
  EXPECT_EQ(ours_->command({"reload"}).status, 0);
  EXPECT_EQ(status(*ours_)["warnings"].dump().find(kTold), std::string::npos);
}

UNIFIED_ON_EVERY_SERVER(ForeignUpdatesTest);

}  // namespace
}  // namespace unified::test
