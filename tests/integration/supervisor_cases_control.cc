// Supervisor cases 37, 38 (tests/supervisor_cases.md): the control socket and its lock.
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "support/entrypoint.h"
#include "support/supervisor_case.h"
#include "support/unix_client.h"
#include "support/wait_until.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
namespace fs = std::filesystem;

constexpr const char* kQuestion = "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n";

class ControlCases : public testing::Test {
 protected:
  void SetUp() override {
    broker_ = start_double({.script = "--say up --exit-on-int 0 --sleep 0"});
    ASSERT_TRUE(heard(*broker_, "up")) << broker_->output();
    ASSERT_TRUE(broker_->get("/livez"));
  }
  /// The broker still answers, and still stops.
  void TearDown() override {
    EXPECT_TRUE(broker_->get("/livez"));
    EXPECT_EQ(broker_->stop(), 0) << broker_->output();
  }
  [[nodiscard]] Broker& broker() const { return *broker_; }

 private:
  std::unique_ptr<Broker> broker_;
};

enum class Met { kNoSocket, kNoAnswer, kAnswer };

/// What another user meets at the socket.
Met as_other_user(const std::string& socket) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    if (::setgid(10001) != 0 || ::setuid(10001) != 0)
      ::_exit(70);
    const UnixClient client{socket};
    if (!client.connected())
      ::_exit(static_cast<int>(Met::kNoSocket));
    client.send(kQuestion);
    const auto answer = client.read(10s);
    ::_exit(static_cast<int>(answer.text.empty() && answer.closed ? Met::kNoAnswer : Met::kAnswer));
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  return static_cast<Met>(WEXITSTATUS(status));
}

TEST_F(ControlCases, Case37_AnotherUserIsRefusedByModeAndByCredentials) {
  if (::geteuid() != 0)
    GTEST_SKIP() << "only root can become another user";
  EXPECT_EQ(as_other_user(broker().socket()), Met::kNoSocket);
  // Somebody has opened it for everybody.
  for (const std::string& path : {broker().directory()->path(), *broker().directory() / "run"})
    ASSERT_EQ(::chmod(path.c_str(), 0755), 0);
  ASSERT_EQ(::chmod(broker().socket().c_str(), 0666), 0);
  EXPECT_EQ(as_other_user(broker().socket()), Met::kNoAnswer);
}

TEST_F(ControlCases, Case37_ALineWithoutEndIsRefused) {
  const UnixClient client{broker().socket()};
  client.send("GET /" + std::string(std::size_t{1024} * 1024, 'a'));

  const auto answer = client.read(20s);

  EXPECT_TRUE(answer.closed);
  EXPECT_TRUE(answer.text.empty() || answer.text.starts_with("HTTP/1.1 4")) << answer.text;
}

TEST_F(ControlCases, Case37_HalfALineIsNotWaitedForForEver) {
  const UnixClient client{broker().socket()};
  const auto begun = Clock::now();
  client.send("GET /liv");

  const auto answer = client.read(30s);

  EXPECT_TRUE(answer.closed);
  EXPECT_GE(Clock::now() - begun, 4s) << "a slow client has 5 s";
  EXPECT_LT(Clock::now() - begun, 15s);
}

TEST_F(ControlCases, Case37_TwoHundredIdleClientsHoldNobodyUp) {
  std::vector<UnixClient> idle;
  idle.reserve(200);
  for (int i = 0; i < 200; ++i)
    idle.emplace_back(broker().socket());
  // All but 64 are sent away at once: the oldest, who give way to who may have something to ask.
  int sent_away = 0;
  for (const UnixClient& client : idle)
    if (client.read(0ms).closed || client.read(20ms).closed)
      ++sent_away;
  EXPECT_GE(sent_away, 100);
  broker().send(SIGUSR1);
  EXPECT_TRUE(broker().get("/livez")) << "while the others are still there";
  idle.clear();
  EXPECT_TRUE(broker().get("/livez"));
}

TEST_F(ControlCases, Case38_ASecondInstanceIsRefusedAndTheFirstOnesSocketStays) {
  const auto inode = [&] {
    struct stat info{};
    return ::stat(broker().socket().c_str(), &info) == 0 ? info.st_ino : 0;
  };
  const auto before = inode();

  const Finished second = broker().command({"run"});

  EXPECT_EQ(second.status, 73) << second.output;
  EXPECT_EQ(inode(), before);
}

TEST(StaleSocketCases, Case38_ASocketThatAKilledOneLeftIsReplaced) {
  const auto directory = std::make_shared<TempDir>();
  const std::string script = "--say up --exit-on-int 0 --sleep 0";
  {
    const auto killed = start_double({.script = script, .directory = directory});
    ASSERT_TRUE(heard(*killed, "up")) << killed->output();
    ASSERT_TRUE(killed->get("/livez"));
    killed->kill_all();
  }
  ASSERT_TRUE(fs::exists(*directory / "run/control.sock"));

  const auto next = start_double({.script = script, .directory = directory});

  ASSERT_TRUE(heard(*next, "up")) << next->output();
  EXPECT_TRUE(next->get("/livez"));
  EXPECT_EQ(next->stop(), 0) << next->output();
}

}  // namespace
}  // namespace unified::test
