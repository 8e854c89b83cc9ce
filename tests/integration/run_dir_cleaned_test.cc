// A cleaner of temporary files takes RUN_DIR, or files in it, away under a supervisor that runs: no
// command says that it does not run, no second one begins, and it makes them anew.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <utility>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "sidecar_beside.h"
#include "support/bare_server.h"
#include "support/broker.h"
#include "support/entrypoint.h"
#include "support/wait_until.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

struct Removal {
  const char* name;
  std::function<void(const fs::path& run_dir)> remove;
};

/// It may be made anew while this goes on.
void remove_files(const fs::path& run_dir) {
  std::error_code error;
  for (fs::directory_iterator entry{run_dir, error}; !error && entry != fs::directory_iterator{};
       entry.increment(error)) {
    std::error_code gone;
    fs::remove_all(entry->path(), gone);
  }
}

void remove_folder(const fs::path& run_dir) {
  static int count = 0;
  const fs::path aside = run_dir.string() + "-aside-" + std::to_string(++count);
  std::error_code error;
  fs::rename(run_dir, aside, error);
  fs::remove_all(aside, error);
}

std::vector<Removal> removals() {
  return {{"the lock file",
           [](const fs::path& dir) {
             std::error_code gone;
             fs::remove(dir / "instance.lock", gone);
           }},
          {"the socket",
           [](const fs::path& dir) {
             std::error_code gone;
             fs::remove(dir / "control.sock", gone);
           }},
          {"all files", remove_files},
          {"the folder", remove_folder},
          {"the folder, file by file", [](const fs::path& dir) {
             remove_files(dir);
             std::error_code not_empty_any_more;
             fs::remove(dir, not_empty_any_more);
           }}};
}

bool is_whole(const fs::path& run_dir) {
  std::error_code none;
  return fs::exists(run_dir / "instance.lock", none) && fs::exists(run_dir / "control.sock", none);
}

void expect_that_everybody_finds_it(const Broker& broker) {
  const fs::path run_dir = *broker.directory() / "run";
  for (const Removal& removal : removals()) {
    SCOPED_TRACE(removal.name);
    removal.remove(run_dir);

    const Finished quick = broker.command({"health", "quick"});
    removal.remove(run_dir);
    const Finished status = broker.command({"status"});
    removal.remove(run_dir);
    const Finished second = broker.command({"run"});
    removal.remove(run_dir);
    const Finished clean = broker.command({"clean"});
    removal.remove(run_dir);
    const Finished start = broker.command({"start"});

    EXPECT_EQ(quick.status, 0) << quick.output;
    EXPECT_EQ(status.status, 0) << status.output;
    EXPECT_EQ(second.status, 73) << second.output;
    EXPECT_NE(clean.output.find("cleaned"), 0U) << clean.output;
    EXPECT_EQ(start.status, 0) << start.output;
    EXPECT_NE(start.output.find("already running"), std::string::npos) << start.output;
    EXPECT_TRUE(wait_until(2s, [&] { return is_whole(run_dir); }));
    EXPECT_TRUE(wait_until(2s, [&] { return broker.ready(); }));
  }
}

class RunDirCleanedTest : public NewestServerTest {};

TEST_F(RunDirCleanedTest, ABrokerIsFoundAndMakesItAnew) {
  Broker broker({.server = server()});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  const pid_t server = broker.server_pid();

  expect_that_everybody_finds_it(broker);

  EXPECT_NE(broker.output().find("made anew"), std::string::npos) << broker.output();
  EXPECT_LE(times(broker.output(), "made anew. A cleaner"), 2U) << "one warning a minute";
  EXPECT_EQ(broker.server_pid(), server) << "nats-server has nothing to do with it";
  EXPECT_TRUE(wait_until(5s, [&] { return fs::exists(*broker.directory() / "run/last_store"); }));
  EXPECT_EQ(broker.command({"restart"}, 60s).status, 0) << broker.output();
  remove_folder(*broker.directory() / "run");
  const Finished stopped = broker.command({"stop"}, 60s);
  EXPECT_EQ(stopped.status, 0) << stopped.output;
  EXPECT_EQ(stopped.output.find("not running"), std::string::npos) << stopped.output;
  EXPECT_EQ(broker.wait(10s), 0) << broker.output();
}

/// In RUN_DIR, and elsewhere.
TEST_F(RunDirCleanedTest, AnotherBrokerIsKeptFromItsConfigurationAlthoughTheLockIsRemoved) {
  for (const char* place : {"run", "elsewhere"}) {
    SCOPED_TRACE(place);
    const auto directory = std::make_shared<TempDir>();
    const fs::path folder = fs::path{*directory / place};
    fs::create_directory(folder);
    fs::permissions(folder, fs::perms::owner_all);
    const std::string conf = (folder / "nats.conf").string();
    Broker broker(
        {.server = server(), .environment = {{"NATS_CONFIG_FILE", conf}}, .directory = directory});
    ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
    for (int time = 0; time < 3; ++time) {
      ASSERT_TRUE(fs::remove(folder / ".nats.conf.lock"));
      EXPECT_TRUE(wait_until(3s, [&] { return fs::exists(folder / ".nats.conf.lock"); }))
          << broker.output();
    }
    Broker second({.server = server(),
                   .environment = {{"NATS_CONFIG_FILE", conf}, {"STOP_TIMEOUT", "1s"}},
                   .directory = {}});
    EXPECT_EQ(second.wait(20s), 73) << second.output();
    EXPECT_EQ(broker.command({"restart"}, 60s).status, 0) << broker.output();
    EXPECT_EQ(broker.stop(), 0) << broker.output();
  }
}

TEST_F(RunDirCleanedTest, ASidecarIsFoundAndMakesItAnew) {
  BareServer bare({.server = server(), .config = {}, .directory = nullptr});
  Broker sidecar(beside(bare));
  ASSERT_TRUE(sidecar.wait_ready(20s)) << sidecar.output();

  expect_that_everybody_finds_it(sidecar);

  EXPECT_TRUE(wait_until(5s, [&] {
    return fs::exists(*sidecar.directory() / "run/known_streams.json");
  })) << "by it a restarted sidecar notices what the server could not load";
  EXPECT_EQ(sidecar.stop(), 0) << sidecar.output();
}

/// Where something is in the way of the control socket the rest runs; then RUN_DIR is removed.
void expect_that_it_is_made_anew_with_a_socket(const Broker& broker) {
  const fs::path run_dir = *broker.directory() / "run";
  ASSERT_TRUE(broker.process().wait_for_output("control socket does not work: ", 20s))
      << broker.output();
  ASSERT_TRUE(broker.process().wait_for_output("accepts clients", 20s)) << broker.output();

  remove_folder(run_dir);

  EXPECT_TRUE(wait_until(2s, [&] { return fs::exists(run_dir / "instance.lock"); }))
      << broker.output();
  EXPECT_EQ(broker.command({"run"}).status, 73);
  EXPECT_TRUE(wait_until(20s, [&] { return broker.ready(); })) << broker.output();
  EXPECT_EQ(broker.command({"status"}).status, 0);
}

std::shared_ptr<TempDir> with_the_socket_blocked() {
  auto directory = std::make_shared<TempDir>();
  fs::create_directories(*directory / "run/control.sock/in the way");
  return directory;
}

TEST_F(RunDirCleanedTest, ABrokerWithoutAControlSocketMakesItAnew) {
  Broker broker({.server = server(), .directory = with_the_socket_blocked()});

  expect_that_it_is_made_anew_with_a_socket(broker);

  EXPECT_EQ(broker.command({"stop"}, 60s).status, 0);
  EXPECT_EQ(broker.wait(10s), 0) << broker.output();
}

TEST_F(RunDirCleanedTest, ASidecarWithoutAControlSocketMakesItAnew) {
  BareServer bare({.server = server(), .config = {}, .directory = nullptr});
  BrokerOptions options = beside(bare);
  options.directory = with_the_socket_blocked();
  Broker sidecar(std::move(options));

  expect_that_it_is_made_anew_with_a_socket(sidecar);

  EXPECT_EQ(sidecar.stop(), 0) << sidecar.output();
}

TEST_F(RunDirCleanedTest, AStartThatWaitsForTheStoreMakesItAnew) {
  auto directory = std::make_shared<TempDir>();
  const fs::path store = *directory / "store";
  const fs::path run_dir = *directory / "run";
  fs::create_directories(store);
  const int held = ::open(store.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  ASSERT_EQ(::flock(held, LOCK_EX), 0);
  Broker broker({.server = server(), .directory = directory});
  ASSERT_TRUE(broker.process().wait_for_output("is in use by another server", 20s))
      << broker.output();

  remove_folder(run_dir);

  EXPECT_TRUE(wait_until(2s, [&] { return fs::exists(run_dir / "instance.lock"); }))
      << broker.output();
  EXPECT_EQ(broker.command({"run"}).status, 73);
  ::close(held);
  EXPECT_TRUE(broker.wait_ready(20s)) << broker.output();
  EXPECT_EQ(broker.stop(), 0) << broker.output();
}

/// A RUN_DIR that was there before, with a lock of somebody else on the folder.
class LockedFolder {
 public:
  explicit LockedFolder(const std::string& path) {
    fs::create_directory(path);
    fs::permissions(path, fs::perms::owner_all);
    folder_ = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    EXPECT_EQ(::flock(folder_, LOCK_EX), 0);
  }
  ~LockedFolder() { unlock(); }
  LockedFolder(const LockedFolder&) = delete;
  LockedFolder& operator=(const LockedFolder&) = delete;
  void unlock() {
    if (folder_ >= 0)
      ::close(std::exchange(folder_, -1));
  }

 private:
  int folder_ = -1;
};

TEST_F(RunDirCleanedTest, AStartWaitsAMomentForWhoeverHasLockedTheFolder) {
  auto directory = std::make_shared<TempDir>();
  LockedFolder folder{*directory / "run"};
  Broker broker({.server = server(), .directory = directory});
  ASSERT_TRUE(wait_until(10s, [&] { return fs::exists(*directory / "run/instance.lock"); }));

  EXPECT_FALSE(broker.wait(400ms)) << broker.output();
  folder.unlock();

  EXPECT_TRUE(broker.wait_ready(20s)) << broker.output();
}

TEST_F(RunDirCleanedTest, WhoHasLockedTheFolderForLongIsNotGivenAPidThatIsNone) {
  auto directory = std::make_shared<TempDir>();
  const LockedFolder folder{*directory / "run"};
  Broker broker({.server = server(), .directory = directory});

  EXPECT_EQ(broker.wait(10s), 73) << broker.output();
  EXPECT_EQ(broker.output().find("pid 0"), std::string::npos) << broker.output();
}

TEST_F(RunDirCleanedTest, AProbeOfAStartWithoutASocketAnswersAtOnce) {
  auto directory = std::make_shared<TempDir>();
  fs::create_directories(*directory / "store");
  const int held = ::open((*directory / "store").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  ASSERT_EQ(::flock(held, LOCK_EX), 0);
  Broker broker({.server = server(), .directory = directory});
  ASSERT_TRUE(broker.process().wait_for_output("is in use by another server", 20s))
      << broker.output();

  // Beside a command that asks nobody, which is slow with a sanitizer.
  const auto time_of = [&](const std::vector<std::string>& command) {
    const auto begun = std::chrono::steady_clock::now();
    (void)broker.command(command);
    return std::chrono::steady_clock::now() - begun;
  };
  const auto least = std::max({time_of({"version"}), time_of({"version"}), time_of({"version"})});
  auto fastest = std::chrono::steady_clock::duration::max();
  for (int probe = 0; probe < 5; ++probe) {
    const auto begun = std::chrono::steady_clock::now();
    const Finished quick = broker.command({"health", "quick"});
    fastest = std::min(fastest, std::chrono::steady_clock::now() - begun);
    EXPECT_EQ(quick.status, 1) << quick.output;
    EXPECT_NE(quick.output.find("just starting"), std::string::npos) << quick.output;
  }

  EXPECT_LT(fastest, least + 400ms);
  ::close(held);
  EXPECT_TRUE(broker.wait_ready(20s)) << broker.output();
}

TEST_F(RunDirCleanedTest, AFrozenOneIsNotSaidNotToRun) {
  Broker broker({.server = server()});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  ASSERT_TRUE(freeze(broker.pid()));
  remove_folder(*broker.directory() / "run");

  const Finished status = broker.command({"status"});
  const Finished stop = broker.command({"stop", "--timeout", "1"});

  broker.send(SIGCONT);
  EXPECT_EQ(status.status, 4) << status.output;
  EXPECT_NE(stop.status, 0) << stop.output;
  EXPECT_EQ((status.output + stop.output).find("no supervisor has run"), std::string::npos);
  EXPECT_TRUE(broker.wait_ready(10s)) << broker.output();
  EXPECT_EQ(broker.stop(), 0) << broker.output();
}

TEST_F(RunDirCleanedTest, TheFolderIsLockedSoThatSystemdTmpfilesLeavesItAlone) {
  Broker broker({.server = server()});
  ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();
  const std::string run_dir = *broker.directory() / "run";
  const int folder = ::open(run_dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  EXPECT_NE(::flock(folder, LOCK_EX | LOCK_NB), 0);
  EXPECT_EQ(::flock(folder, LOCK_SH | LOCK_NB), 0);

  EXPECT_EQ(broker.stop(), 0) << broker.output();
  EXPECT_EQ(::flock(folder, LOCK_EX | LOCK_NB), 0);
  ::close(folder);
}

/// RUN_DIR of a supervisor that has no socket: it is held, and nobody listens.
class HeldRunDir {
 public:
  HeldRunDir() : path_(directory_ / "run") {
    fs::create_directory(path_);
    fs::permissions(path_, fs::perms::owner_all);
    lock_ = ::open((path_ + "/instance.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    folder_ = ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    held_ = ::flock(lock_, LOCK_EX | LOCK_NB) == 0 && ::flock(folder_, LOCK_SH | LOCK_NB) == 0;
  }
  HeldRunDir(const HeldRunDir&) = delete;
  HeldRunDir(HeldRunDir&&) = delete;
  HeldRunDir& operator=(const HeldRunDir&) = delete;
  HeldRunDir& operator=(HeldRunDir&&) = delete;
  ~HeldRunDir() { release(); }

  [[nodiscard]] bool held() const { return held_; }
  [[nodiscard]] const std::string& path() const { return path_; }
  /// Writes `pid` where its holder writes its own.
  void say_that_holder_is(pid_t pid) const {
    std::ofstream{path_ + "/instance.lock"} << pid << '\n';
  }
  void release() {
    for (int* fd : {&lock_, &folder_})
      if (const int open = std::exchange(*fd, -1); open >= 0)
        ::close(open);
  }
  void remove_lock_file() const { fs::remove(path_ + "/instance.lock"); }

  [[nodiscard]] ProcessOptions asks(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), entrypoint());
    return {.command = std::move(arguments),
            .environment = {{"RUN_DIR", path_}, {"HOME", directory_.path()}},
            .directory = directory_.path()};
  }

 private:
  TempDir directory_;
  std::string path_;
  int lock_ = -1;
  int folder_ = -1;
  bool held_ = false;
};

/// A pid that no process has any more.
pid_t ended_pid() {
  const pid_t pid = ::fork();
  if (pid == 0)
    ::_exit(0);
  ::waitpid(pid, nullptr, 0);
  return pid;
}

/// As after `kill -9` while one of its threads waits for a disk.
TEST_F(RunDirCleanedTest, AStartWaitsForTheLockOfASupervisorThatHasEnded) {
  HeldRunDir run_dir;
  ASSERT_TRUE(run_dir.held());
  const pid_t pid = ended_pid();
  run_dir.say_that_holder_is(pid);
  Broker broker({.server = server(), .environment = {{"RUN_DIR", run_dir.path()}}});
  const std::string waits = fmt::format(
      "waiting for the lock of RUN_DIR {}: pid {}, which held it, has ended", run_dir.path(), pid);
  ASSERT_TRUE(wait_until(20s, [&] { return broker.output().find(waits) != std::string::npos; }))
      << broker.output();

  run_dir.release();

  EXPECT_TRUE(wait_until(20s, [&] { return broker.command({"health", "quick"}).status == 0; }))
      << broker.output();
  EXPECT_EQ(broker.stop(), 0) << broker.output();
}

TEST_F(RunDirCleanedTest, ALockThatADeadSupervisorNeverGivesBackIsToldAsThat) {
  HeldRunDir run_dir;
  ASSERT_TRUE(run_dir.held());
  run_dir.say_that_holder_is(ended_pid());

  ProcessOptions start = run_dir.asks({"run"});
  start.environment["NATS_SERVER_BIN"] = server().path;
  const Finished refused = run(start, 60s);

  EXPECT_EQ(refused.status, 73) << refused.output;
  EXPECT_NE(refused.output.find("is still locked after the supervisor that used it"),
            std::string::npos)
      << refused.output;
}

/// With and without the file of the lock.
class MadeAnewTest : public ::testing::TestWithParam<bool> {};

TEST_P(MadeAnewTest, OneThatDoesNotComeBackIsSaidToBeUnknownSoon) {
  const HeldRunDir run_dir;
  ASSERT_TRUE(run_dir.held());
  if (!GetParam())
    run_dir.remove_lock_file();

  const Finished status = run(run_dir.asks({"status"}), 3s);

  EXPECT_EQ(status.status, 4) << status.output;
  EXPECT_NE(status.output.find("just starting or stopping"), std::string::npos) << status.output;
}

INSTANTIATE_TEST_SUITE_P(LockFile, MadeAnewTest, ::testing::Bool());

}  // namespace
}  // namespace unified::test
