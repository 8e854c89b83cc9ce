// Supervisor cases 19, 20, 33, 34, 35, 44 (tests/supervisor_cases.md): verbs and reloads, and what
// they must not do to the server.
#include <csignal>
#include <filesystem>

#include <fmt/format.h>

#include "support/entrypoint.h"
#include "support/supervisor_case.h"
#include "support/unix_client.h"
#include "support/wait_until.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
namespace fs = std::filesystem;

constexpr std::int64_t kUsualPayload = 1024 * 1024;

/// `.env`, replaced as an editor does.
void set_payload(const TempDir& directory, const std::string& value) {
  (void)directory.write(".env.new", fmt::format("NATS_MAX_PAYLOAD={}\n", value));
  fs::rename(directory / ".env.new", directory / ".env");
}

/// The request alone; its answer comes when it likes.
UnixClient post(const Broker& broker, const std::string& target) {
  UnixClient client{broker.socket()};
  client.send(fmt::format("POST {} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", target));
  return client;
}

class ReloadCases : public NewestServerTest {
 protected:
  void SetUp() override {
    NewestServerTest::SetUp();
    if (IsSkipped())
      return;
    directory_ = std::make_shared<TempDir>();
    set_payload(*directory_, "1MB");
    broker_ = std::make_unique<Broker>(BrokerOptions{.server = server(), .directory = directory_});
  }
  [[nodiscard]] Broker& broker() const { return *broker_; }
  [[nodiscard]] const TempDir& directory() const { return *directory_; }
  [[nodiscard]] std::int64_t payload() const {
    const auto varz = broker_->monitor("/varz");
    return varz ? nlohmann::json::parse(varz->body).value("max_payload", std::int64_t{0}) : 0;
  }

 private:
  std::shared_ptr<TempDir> directory_;
  std::unique_ptr<Broker> broker_;
};

TEST_F(ReloadCases, Case33_AnInvalidConfigurationTouchesNothing) {
  ASSERT_TRUE(broker().wait_ready(20s)) << broker().output();
  const pid_t before = broker().server_pid();
  const std::string conf = directory().read("nats.conf");
  set_payload(directory(), "a-lot");

  const Finished finished = broker().command({"reload"});

  EXPECT_EQ(finished.status, 78) << finished.output;
  EXPECT_NE(finished.output.find("NATS_MAX_PAYLOAD"), std::string::npos) << finished.output;
  EXPECT_NE(finished.output.find(".env:1"), std::string::npos) << finished.output;
  broker().send(SIGHUP);
  EXPECT_TRUE(wait_until(10s, [&] { return count_of(broker(), "reload: invalid") == 2; }))
      << broker().output();
  EXPECT_EQ(broker().server_pid(), before);
  EXPECT_EQ(directory().read("nats.conf"), conf);
  EXPECT_EQ(payload(), kUsualPayload);
  EXPECT_TRUE(broker().ready());
  EXPECT_EQ(broker().stop(), 0) << broker().output();
}

TEST_F(ReloadCases, Case33_AReloadWithoutAChangeIsNoSignal) {
  ASSERT_TRUE(broker().wait_ready(20s)) << broker().output();

  const Finished finished = broker().command({"reload"});

  EXPECT_EQ(finished.status, 0) << finished.output;
  EXPECT_EQ(count_of(broker(), "Reloaded server configuration"), 0) << broker().output();
}

TEST_F(ReloadCases, Case34_FiftyReloadsAtOnceAreAtMostTwoSignalsAndTheLastWins) {
  ASSERT_TRUE(broker().wait_ready(20s)) << broker().output();
  std::vector<UnixClient> waiting;
  waiting.reserve(50);
  for (int i = 1; i <= 50; ++i) {
    set_payload(directory(), std::to_string(100'000 + i));
    waiting.push_back(post(broker(), "/reload"));
  }

  int applied = 0;
  for (const UnixClient& client : waiting)
    if (client.read(20s).text.starts_with("HTTP/1.1 200"))
      ++applied;

  EXPECT_EQ(applied, 50) << broker().output();
  EXPECT_EQ(payload(), 100'050);
  EXPECT_LE(count_of(broker(), "Reloaded server configuration"), 2) << broker().output();
  EXPECT_GE(count_of(broker(), "Reloaded server configuration"), 1) << broker().output();
  EXPECT_EQ(broker().stop(), 0) << broker().output();
}

TEST_F(ReloadCases, Case44_AReloadDuringTheStartIsAppliedOnceItIsReady) {
  ASSERT_TRUE(wait_until(10s, [&] { return static_cast<bool>(broker().get("/livez")); }));
  set_payload(directory(), "65536");
  broker().send(SIGHUP);

  EXPECT_TRUE(wait_until(20s, [&] { return payload() == 65'536; })) << broker().output();

  EXPECT_TRUE(broker().wait_ready(20s));
  EXPECT_EQ(nlohmann::json::parse(broker().get("/status")->body).at("restarts"), 0)
      << broker().output();
  EXPECT_EQ(broker().stop(), 0) << broker().output();
}

class VerbCases : public SupervisorCase {};

TEST_P(VerbCases, Case44_AServerThatIsNotReadyGetsNoHup) {
  const auto directory = std::make_shared<TempDir>();
  set_payload(*directory, "1MB");
  const auto broker = start({.script = "--echo-signals --sleep 0",
                             .environment = {{"STOP_TIMEOUT", "2"}},
                             .directory = directory});
  ASSERT_TRUE(heard(*broker, "echoing")) << broker->output();
  set_payload(*directory, "65536");

  broker->send(SIGHUP);
  const UnixClient second = post(*broker, "/reload");
  ASSERT_FALSE(second.read(1s).closed) << "it waits for the server";

  EXPECT_EQ(broker->stop(), 137) << broker->output();
  EXPECT_EQ(count_of(*broker, "signal 01"), 0) << broker->output();
}

TEST_P(VerbCases, Case20_AStopAfterAQuickOneHasItsFullGrace) {
  const auto directory = std::make_shared<TempDir>();
  (void)directory->write("script", "--exit-on-int 0 --say quick --sleep 0");
  const auto broker = start({.script = "@" + (*directory / "script"),
                             .environment = {{"STOP_TIMEOUT", "3"}},
                             .directory = directory});
  ASSERT_TRUE(heard(*broker, "quick")) << broker->output();
  (void)directory->write("script", "--ignore-term --say deaf --sleep 0");
  const auto accepted = [&](const char* target) {
    return post(*broker, target).read(10s).text.starts_with("HTTP/1.1 202");
  };
  // Its deadline would be 2 s from here.
  ASSERT_TRUE(accepted("/stop?down"));
  ASSERT_TRUE(wait_until(10s, [&] { return broker->server_pid() == 0; }));
  ASSERT_TRUE(accepted("/start"));
  ASSERT_TRUE(heard(*broker, "deaf")) << broker->output();

  const auto begun = Clock::now();
  ASSERT_TRUE(accepted("/stop?down"));
  ASSERT_TRUE(wait_until(10s, [&] { return broker->server_pid() == 0; })) << broker->output();

  EXPECT_GE(Clock::now() - begun, 1900ms) << broker->output();
  EXPECT_EQ(broker->stop(), 0) << broker->output();
}

UNIFIED_IN_BOTH_ROLES(VerbCases);

}  // namespace
}  // namespace unified::test
