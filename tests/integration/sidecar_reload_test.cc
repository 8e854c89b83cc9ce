// What a reload of a sidecar changes, and several of them at once.
#include <future>
#include <vector>

#include <gtest/gtest.h>

#include "sidecar_beside.h"
#include "support/wait_until.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;

class SidecarReloadTest : public NewestServerTest {
 protected:
  void start(const std::string& env) {
    bare_.emplace(BareServerOptions{.server = server(), .config = {}, .directory = nullptr});
    BrokerOptions options = beside(*bare_);
    options.directory = std::make_shared<TempDir>();
    (void)options.directory->write(".env", env);
    sidecar_.emplace(std::move(options));
    ASSERT_TRUE(sidecar_->wait_ready(20s)) << sidecar_->output();
  }

  std::optional<BareServer> bare_;
  std::optional<Broker> sidecar_;
};

TEST_F(SidecarReloadTest, AnotherIntervalTakesEffectAtOnce) {
  start("RECONCILE_INTERVAL=1h\n");
  (void)sidecar_->directory()->write(".env", "RECONCILE_INTERVAL=1s\n");
  const Finished reload = sidecar_->command({"reload"}, 60s);
  ASSERT_EQ(reload.status, 0) << reload.output;
  NatsClient client = client_of(*bare_);

  (void)client.api_ok("STREAM.DELETE.MARKET_DATA");

  EXPECT_TRUE(wait_until(15s, [&] {
    return !client.api("STREAM.INFO.MARKET_DATA").contains("error");
  })) << sidecar_->output();
}

TEST_F(SidecarReloadTest, SeveralAtOnceFollowEachOther) {
  start("STREAM_MAX_MSGS=1000\n");
  (void)sidecar_->directory()->write(".env", "STREAM_MAX_MSGS=2000\n");
  std::vector<std::future<Finished>> reloads;
  for (int i = 0; i < 4; ++i)
    reloads.push_back(
        std::async(std::launch::async, [this] { return sidecar_->command({"reload"}, 60s); }));

  std::size_t applied = 0;
  for (std::future<Finished>& each : reloads) {
    const Finished reload = each.get();
    EXPECT_EQ(reload.status, 0) << reload.output;
    applied += times(reload.output, "reloaded");
  }

  EXPECT_EQ(applied, 1U) << "who comes later finds it done: " << sidecar_->output();
}

}  // namespace
}  // namespace unified::test
