// RELOAD_ON_CHANGE: files of the configuration are watched.
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "support/broker.h"
#include "support/wait_until.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
namespace fs = std::filesystem;

class FileWatchTest : public NewestServerTest {
 protected:
  void start(Environment environment = {}, std::vector<std::string> arguments = {"run"}) {
    environment.try_emplace("RELOAD_ON_CHANGE", "true");
    broker_.emplace(BrokerOptions{.server = server(),
                                  .environment = std::move(environment),
                                  .directory = directory_,
                                  .arguments = std::move(arguments)});
    ASSERT_TRUE(broker_->wait_ready(20s)) << broker_->output();
  }
  [[nodiscard]] bool says(const std::string& text) const {
    return broker_->process().wait_for_output(text, 20s);
  }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream{*directory_ / name} << text;
  }
  [[nodiscard]] int most_connections() const {
    const auto reply = broker_->monitor("/varz");
    return reply ? json::parse(reply->body).value("max_connections", 0) : 0;
  }
  [[nodiscard]] std::string bound_subjects() const {
    const auto reply = broker_->get("/status");
    return reply ? json::parse(reply->body).at("streams").dump() : "";
  }

  std::shared_ptr<TempDir> directory_ = std::make_shared<TempDir>();
  std::optional<Broker> broker_;
};

TEST_F(FileWatchTest, AnEnvFileThatComesIsTakenAndSoIsItsNextVersion) {
  start();
  write(".env", "NATS_MAX_CONNECTIONS=500\n");
  EXPECT_TRUE(wait_until(20s, [&] { return most_connections() == 500; })) << broker_->output();
  write("new", "NATS_MAX_CONNECTIONS=600\n");
  fs::rename(*directory_ / "new", *directory_ / ".env");  // as editors and `sed -i` do
  EXPECT_TRUE(wait_until(20s, [&] { return most_connections() == 600; })) << broker_->output();
  EXPECT_EQ(broker_->stop(), 0) << broker_->output();
}

TEST_F(FileWatchTest, WhatChangesBetweenTheReadingAndTheWatchingIsTaken) {
  const fs::path store = *directory_ / "store";
  fs::create_directories(store);
  write(".env", "NATS_MAX_CONNECTIONS=500\n");
  const int held = ::open(store.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  ASSERT_EQ(::flock(held, LOCK_EX), 0);
  broker_.emplace(BrokerOptions{
      .server = server(), .environment = {{"RELOAD_ON_CHANGE", "true"}}, .directory = directory_});
  ASSERT_TRUE(says("is in use by another server")) << broker_->output();
  write(".env", "NATS_MAX_CONNECTIONS=600\n");
  ::close(held);

  EXPECT_TRUE(wait_until(20s, [&] { return most_connections() == 600; })) << broker_->output();
}

TEST_F(FileWatchTest, TheFlagOfRunIsTheSame) {
  start({{"RELOAD_ON_CHANGE", ""}}, {"run", "--watch"});
  write(".env", "NATS_MAX_CONNECTIONS=500\n");
  EXPECT_TRUE(wait_until(20s, [&] { return most_connections() == 500; })) << broker_->output();
}

TEST_F(FileWatchTest, WhatIsWrongIsSaidAndChangesNothing) {
  start();
  write(".env", "NATS_MAX_CONNECTIONS=many\n");
  EXPECT_TRUE(says("reload: invalid")) << broker_->output();
  EXPECT_TRUE(broker_->ready());
}

TEST_F(FileWatchTest, AConfigMapIsTakenWhenItsLinkTurns) {
  const auto put = [&](const std::string& version, const std::string& subject) {
    fs::create_directories(*directory_ / ("map/" + version));
    write("map/" + version + "/streams.yaml",
          "streams:\n  A:\n    subjects: [\"" + subject + "\"]\n");
    fs::create_directory_symlink(version, *directory_ / "map/..data.new");
    fs::rename(*directory_ / "map/..data.new", *directory_ / "map/..data");
  };
  put("..1", "one.>");
  fs::create_symlink("..data/streams.yaml", *directory_ / "map/streams.yaml");
  start({{"STREAMS_FILE", *directory_ / "map/streams.yaml"}});
  put("..2", "two.>");
  EXPECT_TRUE(wait_until(20s, [&] {
    return bound_subjects().find("two.>") != std::string::npos && broker_->ready();
  })) << broker_->output();
}

TEST_F(FileWatchTest, WithoutAFileThatWasThereNothingIsReloaded) {
  write(".env", "NATS_MAX_CONNECTIONS=500\n");
  write("secret", "a-long-token");
  start({{"NATS_AUTH_ENABLED", "true"}, {"NATS_AUTH_TOKEN_FILE", *directory_ / "secret"}});
  fs::remove(*directory_ / ".env");
  write("secret", "another-long-token");
  EXPECT_TRUE(says(".env is gone: not reloaded")) << broker_->output();
  EXPECT_EQ(most_connections(), 500);
  write(".env", "NATS_MAX_CONNECTIONS=700\n");
  EXPECT_TRUE(wait_until(20s, [&] { return most_connections() == 700; })) << broker_->output();
}

TEST_F(FileWatchTest, AFileThatIsOnlyTakenAwayIsWarnedAbout) {
  write(".env", "NATS_MAX_CONNECTIONS=500\n");
  start();
  fs::rename(*directory_ / ".env", *directory_ / ".env.away");
  EXPECT_TRUE(says(".env is gone: not reloaded")) << broker_->output();
  EXPECT_EQ(most_connections(), 500);
}

TEST_F(FileWatchTest, AFolderThatIsReplacedIsWatchedAgain) {
  const auto put = [&](const std::string& folder, const std::string& subject) {
    fs::create_directory(*directory_ / folder);
    write(folder + "/streams.yaml", "streams:\n  A:\n    subjects: [\"" + subject + "\"]\n");
  };
  put("now", "one.>");
  start({{"STREAMS_FILE", *directory_ / "now/streams.yaml"}});
  put("next", "two.>");
  fs::rename(*directory_ / "now", *directory_ / "old");
  fs::rename(*directory_ / "next", *directory_ / "now");
  EXPECT_TRUE(wait_until(30s, [&] { return bound_subjects().find("two.>") != std::string::npos; }))
      << broker_->output();
  write("now/streams.yaml", "streams:\n  A:\n    subjects: [\"three.>\"]\n");
  EXPECT_TRUE(wait_until(20s, [&] {
    return bound_subjects().find("three.>") != std::string::npos;
  })) << broker_->output();
}

TEST_F(FileWatchTest, FilesBesideThemMeanNothing) {
  start();
  for (int i = 0; i < 20; ++i)
    write("note" + std::to_string(i), "x");
  write(".env", "NATS_MAX_CONNECTIONS=500\n");
  EXPECT_TRUE(says("reload: applied")) << broker_->output();
  EXPECT_EQ(broker_->output().find("reload: unchanged"), std::string::npos);
}

}  // namespace
}  // namespace unified::test
