#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include <gtest/gtest.h>

#include "support/broker.h"
#include "support/entrypoint.h"
#include "support/wait_until.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr uid_t kNobody = 65534;

std::vector<fs::path> profiles() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator{UNIFIED_SOURCE_DIR "/env"})
    files.push_back(fs::absolute(entry.path()));
  return files;
}

class ProfilesTest : public NewestServerTest {};

TEST_F(ProfilesTest, EachValidatesStrictlyWithAServer) {
  const TempDir directory;
  const std::string secret = directory.write("password", "a password of one's own\n");
  for (const fs::path& profile : profiles()) {
    // Strictly: a name that we don't know is an error.
    const Finished finished = run(
        {.command = {entrypoint(), "validate", "--strict", "--env-file", profile},
         .environment = {{"NATS_SERVER_BIN", server().path}, {"NATS_AUTH_PASSWORD_FILE", secret}},
         .directory = directory.path()});

    EXPECT_EQ(finished.status, 0) << profile << "\n" << finished.output;
  }
}

TEST_F(ProfilesTest, ConfigPrintsAProfileAndRefusesAnUnknownOne) {
  const Finished printed = run({.command = {entrypoint(), "config", "--profile", "large"},
                                .environment = {},
                                .directory = {}});
  const Finished unknown = run({.command = {entrypoint(), "config", "--profile", "huge"},
                                .environment = {},
                                .directory = {}});

  EXPECT_EQ(printed.status, 0);
  EXPECT_NE(printed.output.find("\nSTREAM_MAX_MSGS=50000000\n"), std::string::npos);
  EXPECT_EQ(unknown.status, 64);
  EXPECT_NE(unknown.output.find("high-frequency"), std::string::npos) << unknown.output;
}

/// What puts us behind root's rights; empty: we have none. Nothing if there is no way.
std::optional<std::vector<std::string>> as_nobody() {
  if (geteuid() != 0)
    return std::vector<std::string>{};
  const std::string uid = std::to_string(kNobody);
  std::vector<std::string> command{"setpriv",        "--reuid=" + uid,      "--regid=" + uid,
                                   "--clear-groups", "--bounding-set=-all", "--no-new-privs"};
  auto attempt = command;
  attempt.emplace_back("true");
  if (run({.command = attempt, .environment = {}, .directory = {}}).status != 0)
    return std::nullopt;
  return command;
}

/// Program, module and server where everybody may read them, and a working folder that is nobody's.
std::string prepare(const TempDir& directory, const NatsServer& server) {
  const fs::path programs = directory / "bin";
  fs::create_directory(programs);
  const fs::path built = fs::path{entrypoint()}.parent_path();
  for (const fs::path& file :
       {built / "unified_entrypoint", built / "unified_nats.so", fs::path{server.path}})
    fs::copy_file(file, programs / file.filename());
  chmod(directory.path().c_str(), 0755);
  const std::string work = directory / "work";
  fs::create_directory(work);
  fs::copy_file(UNIFIED_SOURCE_DIR "/env/.env.bare-metal", work + "/.env");
  if (geteuid() == 0 && chown(work.c_str(), kNobody, kNobody) != 0)
    throw std::runtime_error{"cannot give away " + work};
  return work;
}

TEST_F(ProfilesTest, BareMetalNeedsNeitherRootNorAFolderOutsideTheWorkingOne) {
  const auto launcher = as_nobody();
  if (!launcher)
    GTEST_SKIP() << "we are root, and setpriv can't make us somebody else";
  const TempDir directory;
  const std::string work = prepare(directory, server());
  const FreePort port;
  const FreePort monitor_port;
  std::vector<std::string> command = *launcher;
  command.insert(command.end(), {directory / "bin/unified_entrypoint", "run"});

  Process broker({.command = command,
                  .environment = {{"HOME", "/nonexistent"},
                                  {"PATH", directory / "bin:/usr/bin:/bin"},
                                  {"NATS_HOST", "127.0.0.1"},
                                  {"NATS_PORT", std::to_string(port.number())},
                                  {"NATS_HTTP_PORT", std::to_string(monitor_port.number())}},
                  .directory = work});

  EXPECT_TRUE(wait_until(20s, [&] {
    const auto reply = http_get(work + "/run/control.sock", "/readyz");
    return (reply && reply->status == 200) || !broker.running();
  }));
  ASSERT_TRUE(broker.running()) << broker.output();
  for (const char* file : {"data/jetstream/jetstream/$G/streams/MARKET_DATA", "logs/nats/nats.log",
                           "run/nats.conf", "run/instance.lock"}) {
    struct stat info{};
    ASSERT_EQ(stat((work + "/" + file).c_str(), &info), 0) << file << "\n" << broker.output();
    EXPECT_NE(info.st_uid, 0U) << file;
  }
  broker.send(SIGTERM);
  EXPECT_EQ(broker.wait(20s), 0) << broker.output();
}

}  // namespace
}  // namespace unified::test
