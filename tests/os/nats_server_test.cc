#include "os/nats_server.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include <chrono>
#include <csignal>
#include <filesystem>

#include <gtest/gtest.h>

#include "os/file_text.h"
#include "os/output_of.h"
#include "temp_directory.h"

namespace unified::os {
namespace {

namespace fs = std::filesystem;
using std::chrono_literals::operator""ms;

/// A double of nats-server that counts its runs.
std::string fake_server(const TempDirectory& directory, const std::string& version) {
  return directory.write("nats-server",
                         "#!/bin/sh\n[ \"$1\" = --version ] || exit 1\necho x >> " +
                             directory.path() + "/runs\necho 'nats-server: v" + version + "'\n",
                         0755);
}

std::size_t runs(const TempDirectory& directory) {
  const auto text = read_text_file(directory.path() + "/runs");
  return text ? text->size() / 2 : 0;
}

TEST(FindNatsServerTest, FindsTheFirstExecutableOnPath) {
  const TempDirectory directory;
  static_cast<void>(directory.write("a/nats-server", "", 0644));
  fs::create_directories(directory.path() + "/b/nats-server");
  const std::string wanted = directory.write("c/nats-server", "", 0755);
  static_cast<void>(directory.write("d/nats-server", "", 0755));
  const std::string& root = directory.path();

  const auto found =
      find_nats_server("", ":relative:" + root + "/a:" + root + "/b:" + root + "/c:" + root + "/d");

  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(*found, wanted);
}

TEST(FindNatsServerTest, TakesAConfiguredNameOrPath) {
  const TempDirectory directory;
  const std::string other = directory.write("other", "", 0755);

  EXPECT_EQ(*find_nats_server("other", directory.path()), other);
  EXPECT_EQ(*find_nats_server(other, ""), other);
  EXPECT_EQ(*find_nats_server(fs::relative(other), ""), fs::absolute(fs::relative(other)));
}

TEST(FindNatsServerTest, TellsAbsentFromNotExecutable) {
  const TempDirectory directory;
  const std::string plain = directory.write("nats-server", "", 0644);

  struct Case {
    std::string configured;
    std::string path;
    ExitCode exit_code;
  };
  for (const auto& [configured, path, exit_code] :
       {Case{"", directory.path(), kExitNotExecutable}, Case{plain, "", kExitNotExecutable},
        Case{directory.path() + "/", "", kExitNotExecutable}, Case{"", "", kExitNotFound},
        Case{"absent", directory.path(), kExitNotFound}, Case{plain + "/below", "", kExitNotFound},
        Case{"/absent/nats-server", "", kExitNotFound}}) {
    const auto found = find_nats_server(configured, path);
    ASSERT_FALSE(found) << *found;
    EXPECT_EQ(found.error().exit_code, exit_code) << configured << " on " << path;
    EXPECT_FALSE(found.error().message.empty());
  }
}

TEST(ServerVersionTest, AsksOnceAndThenReadsTheCache) {
  const TempDirectory directory;
  const std::string cache = directory.path() + "/version.json";
  const std::string binary = fake_server(directory, "2.10.27");

  for (int i = 0; i < 3; ++i) {
    const auto version = server_version(binary, {.own = cache, .image = {}});
    ASSERT_TRUE(version) << version.error().message;
    EXPECT_EQ(*version, (ServerVersion{2, 10, 27}));
  }

  EXPECT_EQ(runs(directory), 1U);
  struct stat info{};
  ASSERT_EQ(::stat(cache.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777U, 0600U);
}

TEST(ServerVersionTest, AsksAgainWhenTheBinaryChanged) {
  const TempDirectory directory;
  const std::string cache = directory.path() + "/version.json";
  ASSERT_TRUE(server_version(fake_server(directory, "2.10.27"), {.own = cache, .image = {}}));

  const auto version =
      server_version(fake_server(directory, "2.15.1"), {.own = cache, .image = {}});

  ASSERT_TRUE(version);
  EXPECT_EQ(*version, (ServerVersion{2, 15, 1}));
}

TEST(ServerVersionTest, ABrokenCacheIsNoHarm) {
  const TempDirectory directory;
  const std::string binary = fake_server(directory, "2.9.10");
  for (const char* content :
       {"", "{", "[]", "{\"binary\":1,\"version\":2}", "{\"version\":\"9.9.9\"}"}) {
    const auto version =
        server_version(binary, {.own = directory.write("version.json", content), .image = {}});
    ASSERT_TRUE(version) << content;
    EXPECT_EQ(*version, (ServerVersion{2, 9, 10})) << content;
  }
  EXPECT_TRUE(server_version(binary, {}));
  EXPECT_TRUE(
      server_version(binary, {.own = directory.path() + "/absent/version.json", .image = {}}));
}

TEST(ServerVersionTest, AnImageKnowsItsServerUntilThatIsReplaced) {
  const TempDirectory directory;
  const std::string image = directory.path() + "/image.json";
  const std::string binary = fake_server(directory, "2.10.27");
  ASSERT_TRUE(remember_server_version(binary, image));

  EXPECT_EQ(*server_version(binary, {.own = {}, .image = image}), (ServerVersion{2, 10, 27}));
  EXPECT_EQ(runs(directory), 1U);
  const std::string other = fake_server(directory, "2.15.1-preview");
  EXPECT_EQ(*server_version(other, {.own = {}, .image = image}), (ServerVersion{2, 15, 1}));
}

TEST(ServerVersionTest, RefusesWhatIsNotNatsServer) {
  const TempDirectory directory;
  const std::string file = directory.path() + "/version.json";
  const VersionCache cache{.own = file, .image = {}};

  EXPECT_FALSE(
      server_version(directory.write("other", "#!/bin/sh\necho other 1.2.3\n", 0755), cache));
  EXPECT_FALSE(server_version(directory.write("silent", "#!/bin/sh\n", 0755), cache));
  EXPECT_FALSE(server_version(directory.write("garbage", "no program", 0755), cache));
  EXPECT_FALSE(server_version(directory.path() + "/absent", cache));
  EXPECT_FALSE(fs::exists(file));
}

TEST(OutputOfTest, KillsAndReapsAHungProgram) {
  const TempDirectory directory;
  const std::string binary =
      directory.write("hung", "#!/bin/sh\ntrap '' TERM\nexec sleep 1000\n", 0755);

  const auto output = output_of({binary}, 100ms);

  ASSERT_FALSE(output);
  EXPECT_EQ(output.error().message, "cannot run " + binary + ": no answer in time");
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);  // no child is left
}

TEST(OutputOfTest, StopsReadingAFlood) {
  const auto output = output_of(
      {"/bin/sh", "-c", "while :; do echo yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy; done"}, 20'000ms);

  ASSERT_TRUE(output);
  EXPECT_GE(output->size(), 64U * 1024);
  EXPECT_LT(output->size(), 80U * 1024);
}

TEST(OutputOfTest, TheProgramGetsNoneOfOurBlockedSignals) {
  sigset_t all{};
  sigset_t before{};
  sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, &before);

  const auto output = output_of({"/bin/sh", "-c", "grep SigBlk /proc/self/status"}, 20'000ms);

  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ASSERT_TRUE(output);
  EXPECT_EQ(*output, "SigBlk:\t0000000000000000\n");
}

}  // namespace
}  // namespace unified::os
