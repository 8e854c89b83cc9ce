// A part of ours that can't start never keeps the broker from starting or from being ready; it is
// told, and tried again.
#include <filesystem>
#include <memory>

#include <gtest/gtest.h>

#include "sidecar_beside.h"
#include "support/broker.h"
#include "support/entrypoint.h"
#include "support/silent_client.h"
#include "support/wait_until.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

class PartsTest : public NewestServerTest {};

void expect_told(const Broker& broker, const std::string& part) {
  EXPECT_TRUE(broker.process().wait_for_output(part + " does not work: ", 5s)) << broker.output();
  const Finished status = broker.command({"status"});
  EXPECT_NE(status.output.find(part + " does not work: "), std::string::npos) << status.output;
}

/// A sidecar has no such check.
void expect_warned_of(const Broker& broker, const std::string& part) {
  const Finished health = broker.command({"health", "supervisor"});
  EXPECT_EQ(health.status, 0) << "a warning: " << health.output;
  EXPECT_NE(health.output.find(part + " does not work: "), std::string::npos) << health.output;
}

/// The environment with libc bent (programs/bent_libc.cc) while `gate` exists.
Environment bent_while(const std::string& variable,
                       const std::string& gate,
                       Environment more = {}) {
  more.insert({{"LD_PRELOAD", test_program("bent_libc.so")},
               {"ASAN_OPTIONS", "verify_asan_link_order=0"},
               {variable, gate}});
  return more;
}

/// RELOAD_ON_CHANGE without room for another watch: told, and it works when there is room.
void expect_watches_later(const Broker& broker, const std::string& gate) {
  expect_told(broker, "RELOAD_ON_CHANGE");

  std::filesystem::remove(gate);
  (void)broker.directory()->write(".env", "INIT_TIMEOUT=77\n");

  EXPECT_TRUE(broker.process().wait_for_output("reload: ", 20s)) << broker.output();
  EXPECT_TRUE(wait_until(5s, [&] {
    return broker.command({"status"}).output.find("RELOAD_ON_CHANGE does not") == std::string::npos;
  }));
}

TEST_F(PartsTest, ALogFileThatCanNotBeOpenedIsToldAndOpenedLater) {
  auto directory = std::make_shared<TempDir>();
  fs::create_directories(*directory / "logs/nats.log");  // a folder in its place
  const std::string file = *directory / "logs/nats.log";
  Broker broker(
      {.server = server(), .environment = {{"NATS_LOG_FILE", file}}, .directory = directory});

  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  expect_told(broker, "NATS_LOG_FILE");
  expect_warned_of(broker, "NATS_LOG_FILE");
  fs::remove(file);

  EXPECT_TRUE(wait_until(10s, [&] {
    SilentClient{broker.port()}.say("NONSENSE\r\n");  // nats-server logs that
    return fs::is_regular_file(file) && fs::file_size(file) > 0;
  })) << broker.output();
  EXPECT_TRUE(wait_until(5s, [&] {
    return broker.command({"status"}).output.find("NATS_LOG_FILE does not work") ==
           std::string::npos;
  }));
}

TEST_F(PartsTest, AControlSocketThatCanNotBeMadeIsMadeLater) {
  auto directory = std::make_shared<TempDir>();
  fs::create_directories(*directory / "run/control.sock/in the way");
  Broker broker({.server = server(), .directory = directory});

  EXPECT_TRUE(broker.process().wait_for_output("control socket does not work: ", 20s))
      << broker.output();
  EXPECT_TRUE(broker.process().wait_for_output("accepts clients", 20s)) << broker.output();
  EXPECT_TRUE(broker.client().publish("trade-data.x", "1"));
  fs::remove_all(*directory / "run/control.sock");

  EXPECT_TRUE(wait_until(20s, [&] { return broker.ready(); })) << broker.output();
}

TEST_F(PartsTest, ASidecarsControlSocketThatCanNotBeMadeIsMadeLater) {
  BareServer bare({.server = server(), .config = {}, .directory = nullptr});
  auto directory = std::make_shared<TempDir>();
  fs::create_directories(*directory / "run/control.sock/in the way");
  BrokerOptions options = beside(bare);
  options.directory = directory;
  Broker sidecar(std::move(options));

  EXPECT_TRUE(sidecar.process().wait_for_output("control socket does not work: ", 20s))
      << sidecar.output();
  EXPECT_TRUE(sidecar.process().wait_for_output("accepts clients", 20s)) << sidecar.output();
  fs::remove_all(*directory / "run/control.sock");

  EXPECT_TRUE(wait_until(20s, [&] { return sidecar.ready(); })) << sidecar.output();
}

TEST_F(PartsTest, AFileWatchWithoutRoomIsToldAndMadeLater) {
  auto directory = std::make_shared<TempDir>();
  const std::string gate = directory->write("no-room", "");
  Broker broker({.server = server(),
                 .environment = bent_while("BEND_WATCH", gate, {{"RELOAD_ON_CHANGE", "true"}}),
                 .directory = directory});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();

  expect_warned_of(broker, "RELOAD_ON_CHANGE");
  expect_watches_later(broker, gate);
}

TEST_F(PartsTest, ASidecarsFileWatchWithoutRoomIsToldAndMadeLater) {
  BareServer bare({.server = server(), .config = {}, .directory = nullptr});
  auto directory = std::make_shared<TempDir>();
  const std::string gate = directory->write("no-room", "");
  BrokerOptions options =
      beside(bare, bent_while("BEND_WATCH", gate, {{"RELOAD_ON_CHANGE", "true"}}));
  options.directory = directory;
  Broker sidecar(std::move(options));
  ASSERT_TRUE(sidecar.wait_ready(20s)) << sidecar.output();

  expect_watches_later(sidecar, gate);
}

TEST_F(PartsTest, AControlSocketThatCouldNotBeReplacedIsReplacedLater) {
  auto directory = std::make_shared<TempDir>();
  const std::string gate = *directory / "no-room";
  Broker broker(
      {.server = server(), .environment = bent_while("BEND_POLL", gate), .directory = directory});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  (void)directory->write("no-room", "");
  fs::remove(broker.socket());
  EXPECT_TRUE(broker.process().wait_for_output("cannot listen on", 10s)) << broker.output();

  fs::remove(gate);

  EXPECT_TRUE(broker.wait_ready(10s)) << broker.output();
}

}  // namespace
}  // namespace unified::test
