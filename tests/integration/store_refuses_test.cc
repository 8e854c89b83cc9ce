// A store whose file system refuses writes for another reason than room: nobody is sent to a broker
// that stores nothing, and it goes on by itself once the store can be written again.
#include <sys/mount.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/broker.h"
#include "support/entrypoint.h"
#include "support/loop_disk.h"
#include "support/wait_until.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;

nlohmann::json status_of(const Broker& broker) {
  const auto reply = broker.get("/status");
  return reply ? nlohmann::json::parse(reply->body) : nlohmann::json::object();
}

std::string reasons_of(const Broker& broker) {
  return status_of(broker).value("not_ready_because", nlohmann::json{}).dump();
}

bool publishes(NatsClient& client) {
  return static_cast<bool>(client.publish("trade-data.x", std::string(3000, 'x')));
}

/// The first message of which no ack came is what a publisher notices.
bool publish_until_refused(NatsClient& client, int most = 20'000) {
  for (int i = 0; i < most; ++i)
    if (!publishes(client))
      return true;
  return false;
}

Environment on(const LoopDisk& disk) {
  return {{"JETSTREAM_STORE_DIR", disk / "store"},
          {"STREAM_MAX_BYTES", "20MB"},
          {"LIVENESS_INTERVAL", "1"},
          {"STOP_TIMEOUT", "3"}};
}

class StoreRefusesTest : public ServerTest {
 protected:
  void SetUp() override {
    ServerTest::SetUp();
    if (!disk_.why_not().empty())
      GTEST_SKIP() << disk_.why_not();
  }

  /// The disk gets this fault while messages are published: not ready with these words of the
  /// kernel's soon after the first refused message, told once, kept in the black box, and
  /// nats-server is left to its readers.
  void expect_told_when(bool (LoopDisk::*gets_faulty)() const, const std::string& words) {
    Broker broker({.server = server(), .environment = on(disk_)});
    ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
    NatsClient client = broker.client();
    ASSERT_TRUE(publishes(client));
    const pid_t server_before = broker.server_pid();

    ASSERT_TRUE((disk_.*gets_faulty)());
    EXPECT_FALSE(publishes(client));

    EXPECT_TRUE(wait_until(2s, [&] { return !broker.ready(); })) << broker.output();
    EXPECT_NE(reasons_of(broker).find(words), std::string::npos) << reasons_of(broker);
    EXPECT_NE(reasons_of(broker).find(disk_ / "store"), std::string::npos) << reasons_of(broker);
    EXPECT_EQ(broker.server_pid(), server_before);
    EXPECT_TRUE(wait_until(5s, [&] {
      return status_of(broker)["last_black_box"].dump().find("store_refuses_writes") !=
             std::string::npos;
    })) << status_of(broker);
    EXPECT_EQ(broker.command({"health", "quick"}).status, 1);
    EXPECT_NE(broker.command({"health", "storage"}).output.find(words), std::string::npos);
  }

  LoopDisk disk_{48};
};

TEST_P(StoreRefusesTest, AFileSystemThatTurnsReadOnlyIsNotReady) {
  expect_told_when(&LoopDisk::become_read_only, "EROFS");
}

TEST_P(StoreRefusesTest, AFileSystemThatAnswersEveryCallWithAnErrorIsNotReady) {
  expect_told_when(&LoopDisk::break_down, "EIO");
}

/// Where 2.9.10 hangs without a word the silence of its JetStream is what tells.
TEST_P(StoreRefusesTest, AFullDiskIsNotReadySoonerThanJetStreamIsFoundSilent) {
  LoopDisk larger{128};  // so that what ext4 gives to nobody is more than a few blocks
  Broker broker({.server = server(), .environment = on(larger)});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  NatsClient client = broker.client();
  ASSERT_TRUE(publishes(client));

  larger.take_everything();
  EXPECT_TRUE(publish_until_refused(client));

  EXPECT_TRUE(wait_until(2s, [&] { return !broker.ready(); })) << broker.output();
}

UNIFIED_ON_EVERY_SERVER(StoreRefusesTest);

/// Without anybody who publishes nats-server says nothing.
class QuietStoreTest : public NewestServerTest {
 protected:
  void SetUp() override {
    NewestServerTest::SetUp();
    if (!disk_.why_not().empty())
      GTEST_SKIP() << disk_.why_not();
  }

  LoopDisk disk_{48};
};

TEST_F(QuietStoreTest, ItIsFoundWithoutAnybodyWhoPublishes) {
  Broker broker({.server = server(), .environment = on(disk_)});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();

  ASSERT_TRUE(disk_.become_read_only());

  EXPECT_TRUE(wait_until(9s, [&] { return !broker.ready(); }));
}

TEST_F(QuietStoreTest, AWriteThatNeverEndsIsNotReadyUntilItEnds) {
  Broker broker({.server = server(), .environment = on(disk_)});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();

  ASSERT_TRUE(disk_.freeze());
  EXPECT_TRUE(wait_until(20s, [&] {
    return reasons_of(broker).find("did not end within 10 s") != std::string::npos;
  })) << reasons_of(broker);
  disk_.thaw();

  EXPECT_TRUE(broker.wait_ready(10s)) << broker.output();
}

/// What is unusable is told in RUN_DIR while the store hangs, and a later incident as well.
TEST_F(QuietStoreTest, TheBlackBoxKeepsWhatHappensWhileTheStoreHangs) {
  Broker broker({.server = server(), .environment = on(disk_)});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  const auto kept = [&](const std::string& folder, const std::string& kind) {
    std::error_code none;
    for (std::filesystem::directory_iterator file{folder, none};
         !none && file != std::filesystem::directory_iterator{}; file.increment(none))
      if (file->path().filename().string().find(kind) != std::string::npos)
        return true;
    return false;
  };
  const std::string run = *broker.directory() / "run/black-box";

  ASSERT_TRUE(disk_.freeze());
  EXPECT_TRUE(wait_until(25s, [&] { return kept(run, "store_refuses_writes"); }))
      << broker.output();
  EXPECT_TRUE(wait_until(5s, [&] {
    return status_of(broker)["last_black_box"].dump().find("store_refuses_writes") !=
           std::string::npos;
  }));
  ::kill(broker.server_pid(), SIGKILL);
  EXPECT_TRUE(wait_until(10s, [&] { return kept(run, "-crash"); })) << broker.output();
  disk_.thaw();

  const std::string store = disk_ / "store/unified-nats-black-box";
  EXPECT_TRUE(wait_until(10s, [&] {
    return kept(store, "store_refuses_writes") && kept(store, "-crash");
  })) << broker.output();
  EXPECT_TRUE(broker.wait_ready(20s)) << broker.output();
}

TEST_F(QuietStoreTest, StreamsInMemoryNeedNoDisk) {
  auto directory = std::make_shared<TempDir>();
  Environment environment = on(disk_);
  environment["STREAMS_FILE"] = directory->write(
      "s.yaml", "streams:\n  - name: S\n    subjects: [s.>]\n    storage: memory\n");
  Broker broker({.server = server(), .environment = environment, .directory = directory});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();

  ASSERT_TRUE(disk_.become_read_only());

  EXPECT_TRUE(wait_until(15s, [&] {
    return broker.output().find("refuses writes") != std::string::npos;
  })) << broker.output();
  EXPECT_TRUE(broker.ready()) << reasons_of(broker);
  EXPECT_EQ(broker.output().find("not ready"), std::string::npos) << broker.output();
  EXPECT_TRUE(broker.client().publish("s.x", "1"));
}

/// nats-server waits for no fsync: every publish is acknowledged meanwhile.
TEST_F(QuietStoreTest, AnFsyncThatTakesLongIsOnlyToldAsAWarning) {
  const TempDir folder;
  const std::string gate = folder / "gate";
  Broker broker({.server = server(),
                 .environment = {{"LIVENESS_INTERVAL", "1"},
                                 {"LD_PRELOAD", test_program("bent_libc.so")},
                                 {"ASAN_OPTIONS", "verify_asan_link_order=0"},
                                 {"BEND_FSYNC", gate}}});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  NatsClient client = broker.client();

  std::ofstream{gate} << "closed";
  EXPECT_TRUE(wait_until(30s, [&] {
    return broker.command({"health", "storage"}).output.find("an fsync of 4 KiB") !=
           std::string::npos;
  })) << broker.output();

  EXPECT_TRUE(broker.ready()) << reasons_of(broker);
  EXPECT_EQ(broker.command({"health", "storage"}).status, 0);
  EXPECT_TRUE(publishes(client));
  std::filesystem::remove(gate);
  EXPECT_TRUE(wait_until(10s, [&] {
    return broker.command({"health", "storage"}).output.find("fsync") == std::string::npos;
  }));
}

/// The disk below one stream of two is bad; the store's own is fine. Only 2.15 gives a stream up.
class OneBadStreamTest : public QuietStoreTest {
 protected:
  void TearDown() override {
    if (!mounted_.empty())
      ::umount2(mounted_.c_str(), MNT_DETACH);
  }

  static std::string declare(TempDir& directory, const std::string& names) {
    std::string text = "streams:\n";
    for (const char name : names)
      text += fmt::format("  - name: {0}\n    subjects: [{0}.>]\n", name);
    return directory.write("s.yaml", text);
  }

  /// Starts a broker with the streams A and B, then one that declares `declared` and has the files
  /// of A on a disk of their own.
  std::unique_ptr<Broker> broker_with(const std::string& declared) {
    auto directory = std::make_shared<TempDir>();
    const auto start = [&](const std::string& names) {
      return std::make_unique<Broker>(
          BrokerOptions{.server = server(),
                        .environment = {{"STREAMS_FILE", declare(*directory, names)},
                                        {"STOP_TIMEOUT", "3"},
                                        {"LIVENESS_INTERVAL", "1"}},
                        .directory = directory});
    };
    auto first = start("AB");
    EXPECT_TRUE(first->wait_ready(20s)) << first->output();
    EXPECT_TRUE(first->client().publish("A.x", "1"));
    EXPECT_EQ(first->stop(), 0);
    const std::string messages =
        first->environment().at("JETSTREAM_STORE_DIR") + "/jetstream/$G/streams/A/msgs";
    std::filesystem::copy(messages, disk_.folder(), std::filesystem::copy_options::recursive);
    if (::mount(disk_.folder().c_str(), messages.c_str(), nullptr, MS_BIND, nullptr) == 0)
      mounted_ = messages;
    return start(declared);
  }

  /// Until nobody knows what comes next but what must not come: a start anew.
  static bool goes_on(const Broker& broker, const std::string& words, pid_t server_before) {
    EXPECT_TRUE(wait_until(10s,
                           [&] {
                             return broker.command({"health", "storage"}).output.find(words) !=
                                    std::string::npos;
                           }))
        << broker.command({"health", "storage"}).output << broker.output();
    NatsClient client = broker.client();
    EXPECT_TRUE(client.publish("B.x", "1"));
    EXPECT_EQ(broker.output().find("starting nats-server anew"), std::string::npos)
        << broker.output();
    return broker.server_pid() == server_before;
  }

  std::string mounted_;
};

TEST_F(OneBadStreamTest, IsToldAsThatAndNobodyElseIsCutOff) {
  const auto broker = broker_with("AB");
  ASSERT_FALSE(mounted_.empty());
  ASSERT_TRUE(broker->wait_ready(20s)) << broker->output();
  const pid_t server_before = broker->server_pid();
  NatsClient client = broker->client();
  ASSERT_TRUE(disk_.become_read_only());

  EXPECT_FALSE(client.publish("A.x", "1"));

  EXPECT_TRUE(goes_on(*broker, "stream A stores nothing", server_before));
  EXPECT_FALSE(broker->ready());
  const std::string reasons = reasons_of(*broker);
  EXPECT_NE(reasons.find("its own folder takes no writes"), std::string::npos) << reasons;
  EXPECT_EQ(reasons.find("nats-server stores nothing"), std::string::npos) << reasons;
}

TEST_F(OneBadStreamTest, ThatNobodyDeclaredDoesNotTakeTheBrokerOutOfService) {
  const auto broker = broker_with("B");
  ASSERT_FALSE(mounted_.empty());
  ASSERT_TRUE(broker->wait_ready(20s)) << broker->output();
  const pid_t server_before = broker->server_pid();
  NatsClient client = broker->client();
  ASSERT_TRUE(disk_.become_read_only());

  EXPECT_FALSE(client.publish("A.x", "1"));

  EXPECT_TRUE(goes_on(*broker, "stream A stores nothing", server_before));
  EXPECT_TRUE(broker->ready()) << reasons_of(*broker);
  EXPECT_EQ(broker->command({"health", "storage"}).status, 1);
}

TEST_F(OneBadStreamTest, WhoseNextFileIsAFolderIsNotBroughtToANewStart) {
  const auto broker = broker_with("AB");
  ASSERT_FALSE(mounted_.empty());
  ASSERT_TRUE(broker->wait_ready(20s)) << broker->output();
  const pid_t server_before = broker->server_pid();
  NatsClient client = broker->client();
  for (int block = 2; block < 6; ++block)
    std::filesystem::create_directory(disk_ / fmt::format("{}.blk", block));

  for (int i = 0; i < 20 && client.publish("A.x", std::string(1'000'000, 'x')); ++i) {
  }

  EXPECT_TRUE(goes_on(*broker, "stream A stores nothing", server_before));
  EXPECT_NE(reasons_of(*broker).find("might not load"), std::string::npos) << reasons_of(*broker);
}

/// Soft limit of a running process; back to none with RLIM_INFINITY.
bool limit_files(pid_t pid, rlim_t bytes) {
  const rlimit limit{.rlim_cur = bytes, .rlim_max = RLIM_INFINITY};
  return ::prlimit(pid, RLIMIT_FSIZE, &limit, nullptr) == 0;
}

constexpr rlim_t kLimit = 8192;

class TooLargeFileTest : public ServerTest {};

TEST_P(TooLargeFileTest, IsNotReadyAndComesBackWithTheLimit) {
  Broker broker({.server = server(),
                 .environment = {{"LIVENESS_INTERVAL", "1"}, {"RECONCILE_INTERVAL", "2"}}});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  NatsClient client = broker.client();
  ASSERT_TRUE(publishes(client));
  const pid_t server_before = broker.server_pid();
  if (!limit_files(broker.pid(), kLimit) || !limit_files(server_before, kLimit))
    GTEST_SKIP() << "the limits of another process can't be set";

  EXPECT_TRUE(publish_until_refused(client, 10));
  EXPECT_TRUE(wait_until(30s, [&] { return !broker.ready(); })) << broker.output();
  if (server().suite == "bookworm")
    return;  // it hangs without a word, which is found when the streams are looked at
  EXPECT_NE(reasons_of(broker).find("EFBIG"), std::string::npos) << reasons_of(broker);
  EXPECT_TRUE(limit_files(broker.pid(), RLIM_INFINITY));
  EXPECT_TRUE(limit_files(server_before, RLIM_INFINITY));

  // 2.15 keeps the stream dead until it is started anew, 2.10 goes on by itself.
  ASSERT_TRUE(wait_until(20s, [&] {
    return broker.ready() && (server().suite != "sid" || broker.server_pid() != server_before);
  })) << broker.output();
  NatsClient after = broker.client();
  EXPECT_TRUE(publishes(after)) << broker.output();
  EXPECT_EQ(broker.server_pid() == server_before, server().suite == "trixie") << broker.output();
  EXPECT_EQ(broker.output().find("starting it in"), std::string::npos) << "counted as a crash";
}

/// The file system takes every write of ours: the trouble is in nats-server alone.
TEST_P(TooLargeFileTest, OfTheServerAloneIsToldAndADeadStreamStartsItAnew) {
  Broker broker({.server = server(), .environment = {{"LIVENESS_INTERVAL", "1"}}});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  NatsClient client = broker.client();
  ASSERT_TRUE(publishes(client));
  const pid_t server_before = broker.server_pid();
  if (server().suite == "bookworm")
    GTEST_SKIP() << "2.9.10 hangs without a word";
  ASSERT_TRUE(limit_files(server_before, kLimit));

  EXPECT_TRUE(publish_until_refused(client, 10));

  if (server().suite == "sid") {
    ASSERT_TRUE(wait_until(15s, [&] {
      return broker.server_pid() > 0 && broker.server_pid() != server_before;
    })) << broker.output();
    ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
    NatsClient after = broker.client();
    EXPECT_TRUE(publishes(after)) << broker.output();
  } else {
    const Finished told = broker.command({"health", "storage"});
    EXPECT_EQ(told.status, 1);
    EXPECT_NE(told.output.find("failed to store a msg"), std::string::npos) << told.output;
    EXPECT_EQ(broker.server_pid(), server_before);
  }
}

TEST_P(TooLargeFileTest, WordsOfTheServersBearNoSecret) {
  if (server().suite != "trixie")
    GTEST_SKIP() << "2.9.10 hangs without a word, 2.15.1 is started anew at once";
  auto directory = std::make_shared<TempDir>();
  Broker broker(
      {.server = server(),
       .environment = {{"NATS_AUTH_ENABLED", "true"},
                       {"NATS_AUTH_USERNAME", "operator"},
                       {"NATS_AUTH_PASSWORD", "correct-horse-battery"},
                       {"JETSTREAM_STORE_DIR", *directory / "correct-horse-battery/store"}},
       .directory = directory});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  NatsClient client = broker.client();
  if (!limit_files(broker.server_pid(), kLimit))
    GTEST_SKIP() << "the limits of another process can't be set";

  EXPECT_TRUE(publish_until_refused(client, 10));

  Finished told;
  EXPECT_TRUE(wait_until(5s, [&] {
    told = broker.command({"health", "storage"});
    return told.output.find("file too large") != std::string::npos;
  })) << broker.output();
  EXPECT_EQ(told.output.find("correct-horse-battery"), std::string::npos) << told.output;
}

UNIFIED_ON_EVERY_SERVER(TooLargeFileTest);

}  // namespace
}  // namespace unified::test
