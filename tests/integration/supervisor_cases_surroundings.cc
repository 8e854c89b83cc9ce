// Supervisor cases 11, 12, 13, 39 (tests/supervisor_cases.md): what we were started in, and what
// of it the child sees.
#include <csignal>
#include <filesystem>
#include <regex>

#include <fmt/format.h>

#include "support/entrypoint.h"
#include "support/supervisor_case.h"
#include "support/wait_until.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

class SurroundingsCases : public SupervisorCase {};

TEST_P(SurroundingsCases, Case11_TheChildStartsWithNoSignalBlockedOrIgnored) {
  const auto broker =
      start({.script = "--print-status --say up --exit-on-int 0 --sleep 0",
             .wrapper = {test_program("surround"), "--block", std::to_string(SIGTERM), "--ignore",
                         std::to_string(SIGINT), "--ignore", std::to_string(SIGHUP), "--"}});
  ASSERT_TRUE(heard(*broker, "up")) << broker->output();

  for (const char* line : {"SigBlk:\t0000000000000000", "SigIgn:\t0000000000000000"})
    EXPECT_EQ(count_of(*broker, line), 1) << line << broker->output();
  // And what our starter blocked or ignored is heard by us.
  broker->send(SIGINT);
  EXPECT_EQ(broker->wait(20s), 0) << broker->output();
}

TEST_P(SurroundingsCases, Case12_TheChildSeesNoDescriptorButItsOwn) {
  const std::vector<std::string> surround{test_program("surround"), "--open-fds", "--"};
  const auto without = start({.script = "--print-fds --exit 3", .wrapper = surround});
  EXPECT_EQ(without->wait(20s), 3) << without->output();
  EXPECT_EQ(count_of(*without, "\n0 1 2\n"), 1) << without->output();
  // The two locks of the store are the ones that are declared.
  const auto with = start({.script = "--print-fds --exit 3",
                           .environment = {{"JETSTREAM_ENABLED", "true"}},
                           .wrapper = surround});
  EXPECT_EQ(with->wait(20s), 3) << with->output();
  EXPECT_TRUE(std::regex_search(with->output(), std::regex{"\n0 1 2 [0-9]+ [0-9]+\n"}))
      << with->output();
}

TEST_P(SurroundingsCases, Case13_TheChildRunsInTheRootFolder) {
  const auto broker = start({.script = "--print-cwd --say up --exit-on-int 0 --sleep 0"});
  ASSERT_TRUE(heard(*broker, "up")) << broker->output();

  EXPECT_EQ(count_of(*broker, "\n/\n"), 1) << broker->output();
  // Ours stays where `.env` is, which a reload reads again.
  EXPECT_EQ(fs::read_symlink(fmt::format("/proc/{}/cwd", broker->pid())),
            broker->directory()->path());
  EXPECT_EQ(broker->stop(), 0);
}

UNIFIED_IN_BOTH_ROLES(SurroundingsCases);

class ReadOnlyCases : public NewestServerTest {};

TEST_F(ReadOnlyCases, Case39_AReadOnlyRootAForeignUserAndTmpfsWithoutExecAreEnough) {
  if (const std::string why = no_namespace_because(); !why.empty())
    GTEST_SKIP() << why;
  // Where any user can get at it; the folder itself is covered by the tmpfs.
  const auto outside = std::make_shared<TempDir>();
  const auto directory = std::make_shared<TempDir>();
  fs::permissions(outside->path(), fs::perms::others_exec, fs::perm_options::add);
  for (const std::string& file :
       {entrypoint(), test_program("unified_nats.so"), test_program("surround"), server().path})
    fs::copy_file(file, *outside / fs::path{file}.filename().string());
  const std::string prepare = fmt::format(
      "mount -t tmpfs -o noexec,mode=0700,uid=10001,gid=10001 tmpfs {0} && mkdir -m 0700 {0}/run "
      "&& "
      "chown 10001:10001 {0}/run && cd {0} && mount -o remount,bind,ro / && shift && "
      "exec {1}/surround --uid 10001 -- {1}/unified_entrypoint \"$@\"",
      directory->path(), outside->path());
  Broker broker({.server = {server().suite, *outside / "nats-server", server().version},
                 .directory = directory,
                 .wrapper = {"unshare", "--fork", "--pid", "--mount-proc", "--kill-child", "sh",
                             "-c", prepare, "sh"}});
  // Its folder is not the one that we see.
  const auto ready = [&] {
    const auto reply =
        http_get(fmt::format("/proc/{}/root{}", broker.pid(), broker.socket()), "/readyz");
    return reply && reply->status == 200;
  };

  EXPECT_TRUE(wait_until(20s, ready)) << broker.output();

  EXPECT_TRUE(broker.client().publish("trade-data.x", "1"));
  EXPECT_EQ(broker.stop(), 0) << broker.output();
}

}  // namespace
}  // namespace unified::test
