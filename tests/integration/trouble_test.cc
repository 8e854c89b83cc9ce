// What goes wrong around a broker, and what its people are told.
#include <sys/stat.h>

#include <csignal>
#include <filesystem>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "support/bare_server.h"
#include "support/broker.h"
#include "support/entrypoint.h"
#include "support/wait_until.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

class TroubleTest : public ServerTest {};

std::int64_t uptime_seconds(const Broker& broker) {
  const auto status = broker.get("/status");
  return status ? nlohmann::json::parse(status->body).value("uptime_seconds", 0) : 0;
}

/// Whether another server than `first` runs and is ready. Looks for the pid once: a dying server
/// may be there in one look and gone in the next.
bool has_ready_successor(const Broker& broker, pid_t first) {
  const pid_t now = broker.server_pid();
  return now != 0 && now != first && broker.ready();
}

TEST_P(TroubleTest, APortInUseIsToldByTheNameOfItsVariable) {
  BareServer other({.server = server()});
  Broker broker(
      {.server = server(),
       .environment = {{"NATS_PORT", std::to_string(other.port())}, {"RESTART_POLICY", "never"}}});

  const std::string hint = fmt::format("NATS_PORT={} is used by another process", other.port());

  EXPECT_TRUE(broker.process().wait_for_output(hint, 20s)) << broker.output();
}

TEST_P(TroubleTest, ADamagedNatsConfIsWholeAgainBeforeTheServerReadsIt) {
  Broker broker({.server = server(), .environment = {{"RECONCILE_INTERVAL", "0"}}});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  const std::string conf = broker.environment().at("NATS_CONFIG_FILE");
  const auto size = fs::file_size(conf);
  // Ready for 5 s: the restart comes at once, without a back-off in which somebody could repair it.
  ASSERT_TRUE(wait_until(20s, [&] { return uptime_seconds(broker) >= 6; }));
  fs::resize_file(conf, 100);
  const pid_t first = broker.server_pid();

  ::kill(first, SIGKILL);

  EXPECT_TRUE(wait_until(30s, [&] { return has_ready_successor(broker, first); }))
      << broker.output();
  EXPECT_EQ(fs::file_size(conf), size);
}

TEST_P(TroubleTest, AHungServerIsAskedForItsStacksAndStartedAgain) {
  Broker broker({.server = server(),
                 .environment = {{"LIVENESS_INTERVAL", "1"}, {"HEALTH_CHECK_FAILURES", "2"}}});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  ASSERT_TRUE(broker.client().publish("trade-data.x", "1"));
  const pid_t first = broker.server_pid();

  ::kill(first, SIGSTOP);

  EXPECT_TRUE(wait_until(40s, [&] { return has_ready_successor(broker, first); }))
      << broker.output();
  EXPECT_NE(broker.output().find("nats-server is hung (no answer from its monitor port"),
            std::string::npos);
  EXPECT_NE(broker.output().find("goroutine "), std::string::npos);
  EXPECT_EQ(broker.client().count("MARKET_DATA"), 1U);
  EXPECT_EQ(broker.stop(), 0);
}

TEST_P(TroubleTest, ARemovedNatsConfIsBackForTheRestart) {
  Broker broker({.server = server()});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  const std::string conf = broker.environment().at("NATS_CONFIG_FILE");
  const auto mode = fs::status(conf).permissions();
  ASSERT_TRUE(fs::remove(conf));
  const pid_t first = broker.server_pid();

  ::kill(first, SIGKILL);

  EXPECT_TRUE(wait_until(30s, [&] { return has_ready_successor(broker, first); }))
      << broker.output();
  EXPECT_EQ(fs::status(conf).permissions(), mode);
}

UNIFIED_ON_EVERY_SERVER(TroubleTest);

class TroubleOnceTest : public NewestServerTest {};

TEST_F(TroubleOnceTest, WhoOnlyHoldsTheControlSocketGivesWayToWhoAsks) {
  Broker broker({.server = server()});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  using Protocol = boost::asio::local::stream_protocol;
  boost::asio::io_context context;
  std::vector<Protocol::socket> silent;
  for (int i = 0; i < 64; ++i)
    silent.emplace_back(context).connect(Protocol::endpoint{broker.socket()});

  const Finished crowded = broker.command({"health", "quick"});

  EXPECT_EQ(crowded.status, 0) << crowded.output;
  EXPECT_EQ(broker.command({"status"}).status, 0);
}

TEST_F(TroubleOnceTest, AMissingClientModuleIsAnErrorAtOnce) {
  TempDir folder;
  fs::copy_file(entrypoint(), folder / "unified_entrypoint");

  const Finished finished = run({.command = {folder / "unified_entrypoint", "run"},
                                 .environment = {{"RUN_DIR", folder / "run"},
                                                 {"JETSTREAM_STORE_DIR", folder / "store"},
                                                 {"NATS_SERVER_BIN", server().path},
                                                 {"NATS_LOG_FILE", "none"}},
                                 .directory = folder.path()});

  EXPECT_EQ(finished.status, 70) << finished.output;
  EXPECT_NE(finished.output.find("unified_nats.so"), std::string::npos) << finished.output;
  EXPECT_FALSE(fs::exists(folder / "store"));
}

TEST_F(TroubleOnceTest, AnArgumentThatMakesTheServerEndAtOnceIsNoSuccess) {
  for (const char* argument : {"--foo", "--version"}) {
    Broker broker({.server = server(), .arguments = {"run", "--", argument}});
    EXPECT_EQ(broker.wait(20s), 78) << argument << "\n" << broker.output();
  }
}

TEST_F(TroubleOnceTest, RenderReplacesNothingButAFile) {
  TempDir folder;
  const std::string pipe = folder / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);

  const Finished finished = run({.command = {entrypoint(), "render", "-o", pipe},
                                 .environment = {{"NATS_SERVER_BIN", server().path}},
                                 .directory = folder.path()});

  EXPECT_EQ(finished.status, 78) << finished.output;
  EXPECT_TRUE(fs::is_fifo(pipe));
}

TEST_F(TroubleOnceTest, APipeThatNobodyWritesToHoldsNoStart) {
  TempDir folder;
  const std::string pipe = folder / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);

  const Finished finished = run({.command = {entrypoint(), "validate"},
                                 .environment = {{"STREAMS_FILE", pipe}},
                                 .directory = folder.path()});

  EXPECT_EQ(finished.status, 78) << finished.output;
  EXPECT_NE(finished.output.find("nobody writes to it"), std::string::npos) << finished.output;
}

TEST_F(TroubleOnceTest, AUrlWithoutASchemeIsRefusedAndItsPasswordNotShown) {
  const Finished finished =
      run({.command = {entrypoint(), "streams", "--nats-url", "nats//u:S3cretPW@x"}});

  EXPECT_EQ(finished.status, 64) << finished.output;
  EXPECT_EQ(finished.output.find("S3cretPW"), std::string::npos) << finished.output;
}

TEST_F(TroubleOnceTest, AMistypedCommandIsAnsweredWithTheOneThatWasMeant) {
  const Finished finished = run({.command = {entrypoint(), "helth", "quick"}});

  EXPECT_EQ(finished.status, 64) << finished.output;
  EXPECT_NE(finished.output.find("did you mean health?"), std::string::npos) << finished.output;
}

TEST_F(TroubleOnceTest, ValidateSaysWhatRunCouldNotWriteHere) {
  TempDir folder;
  const Finished finished = run({.command = {entrypoint(), "validate"},
                                 .environment = {{"RUN_DIR", folder.write("file", "") + "/run"},
                                                 {"JETSTREAM_STORE_DIR", folder / "store"},
                                                 {"NATS_SERVER_BIN", server().path}},
                                 .directory = folder.path()});

  EXPECT_EQ(finished.status, 0) << finished.output;
  EXPECT_NE(finished.output.find("warning: RUN_DIR: cannot create"), std::string::npos)
      << finished.output;
}

}  // namespace
}  // namespace unified::test
