// A file that can't be reached is not a file that is not there: it is told, and nothing goes on
// with the defaults.
#include <unistd.h>

#include <filesystem>

#include <gtest/gtest.h>

#include "support/entrypoint.h"
#include "support/process.h"
#include "support/servers.h"
#include "support/temp_dir.h"

namespace unified::test {
namespace {

namespace fs = std::filesystem;

/// Our program as uid 10001, with a folder that only root may search.
class UnreachableFilesTest : public NewestServerTest {
 protected:
  void SetUp() override {
    NewestServerTest::SetUp();
    if (::geteuid() != 0)
      GTEST_SKIP() << "only root can become somebody else";
    fs::permissions(outside_.path(), fs::perms::others_exec, fs::perm_options::add);
    for (const std::string& file :
         {entrypoint(), test_program("unified_nats.so"), test_program("surround"), server().path})
      fs::copy_file(file, outside_ / fs::path{file}.filename().string());
    fs::create_directory(locked());
    fs::permissions(locked(), fs::perms::owner_all);
    fs::create_directory(outside_ / "open");
  }

  [[nodiscard]] std::string locked() const { return outside_ / "locked"; }

  [[nodiscard]] Finished run_as_somebody(const std::vector<std::string>& arguments,
                                         Environment environment,
                                         const std::string& folder) const {
    std::vector<std::string> command{outside_ / "surround", "--uid", "10001", "--",
                                     outside_ / "unified_entrypoint"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    environment.insert({"NATS_SERVER_BIN", outside_ / "nats-server"});
    environment.insert({"JETSTREAM_STORE_DIR", "/tmp/unified-no-such-store"});
    return run({.command = command, .environment = environment, .directory = folder});
  }

  TempDir outside_;
};

TEST_F(UnreachableFilesTest, ADotenvFileInAFolderThatWeMayNotSearchIsAnError) {
  (void)outside_.write("locked/.env", "NATS_AUTH_ENABLED=true\nNATS_AUTH_TOKEN=secret-token\n");

  for (const char* command : {"validate", "render", "status", "stop", "run"}) {
    const Finished finished = run_as_somebody({command}, {}, locked());

    EXPECT_NE(finished.status, 0) << command << ": " << finished.output;
    EXPECT_NE(finished.output.find("cannot look at .env: permission denied (the working directory "
                                   "belongs to uid 0, mode 0700; we are uid 10001)"),
              std::string::npos)
        << command << ": " << finished.output;
  }
}

TEST_F(UnreachableFilesTest, EveryFileThatASettingNamesIsAnErrorWhenItCannotBeReached) {
  const std::string file = locked() + "/file";
  (void)outside_.write("locked/file", "x");
  const std::vector<std::pair<Environment, std::vector<std::string>>> table{
      {{{"STREAMS_FILE", file}}, {"validate"}},
      {{{"STREAMS_FILE", locked()}}, {"validate"}},
      {{{"NATS_EXTRA_CONFIG_FILE", file}}, {"validate"}},
      {{{"NATS_CONF_TEMPLATE", file}}, {"render"}},
      {{{"NATS_AUTH_ENABLED", "true"}, {"NATS_AUTH_TOKEN_FILE", file}}, {"validate"}},
      {{{"NATS_TLS_ENABLED", "true"}, {"NATS_TLS_CERT", file}, {"NATS_TLS_KEY", file}},
       {"validate"}},
      {{{"NATS_SERVER_BIN", file}}, {"run"}},
      {{}, {"validate", "--env-file", file}},
      {{}, {"import", file}},
      {{{"JETSTREAM_STORE_DIR", locked() + "/store"}}, {"run"}},
      {{{"NATS_CONFIG_FILE", file}}, {"run"}},
  };
  for (auto [environment, command] : table) {
    environment.insert({"RUN_DIR", outside_ / "run"});
    const Finished finished = run_as_somebody(command, environment, outside_ / "open");

    SCOPED_TRACE(command.front() + ": " + finished.output);
    EXPECT_NE(finished.status, 0);
    EXPECT_NE(finished.output.find("ermission denied"), std::string::npos);
    EXPECT_EQ(finished.output.find("does not exist"), std::string::npos);
    EXPECT_EQ(finished.output.find("o such file"), std::string::npos);
  }
}

TEST_F(UnreachableFilesTest, ALinkNamedDotenvThatLeadsToNothingIsNotIgnored) {
  fs::create_symlink("nothing", outside_ / "open/.env");

  const Finished finished = run_as_somebody({"validate"}, {}, outside_ / "open");

  EXPECT_EQ(finished.status, 78) << finished.output;
  EXPECT_NE(finished.output.find("cannot open .env: no such file"), std::string::npos)
      << finished.output;
}

}  // namespace
}  // namespace unified::test
