// A RUN_DIR whose control socket could never be made is an error of the configuration.
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "sidecar_beside.h"
#include "support/broker.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

class RunDirLengthTest : public NewestServerTest {
 protected:
  /// A folder whose control socket's path has so many bytes.
  [[nodiscard]] std::string run_dir(std::size_t bytes) const {
    const std::string begin = *directory_ / "";
    const std::string name(bytes - begin.size() - std::string{"/control.sock"}.size(), 'r');
    return begin + name;
  }
  static void expect_refused(const Finished& finished) {
    EXPECT_EQ(finished.status, 78) << finished.output;
    EXPECT_NE(finished.output.find("set RUN_DIR to a shorter one"), std::string::npos)
        << finished.output;
  }

  std::shared_ptr<TempDir> directory_ = std::make_shared<TempDir>();
};

TEST_F(RunDirLengthTest, OneByteTooManyIsRefusedBeforeAnythingBegins) {
  Broker broker(
      {.server = server(), .environment = {{"RUN_DIR", run_dir(108)}}, .directory = directory_});
  EXPECT_EQ(broker.wait(20s), 78) << broker.output();

  expect_refused(broker.command({"validate"}));
  expect_refused(broker.command({"run"}));
  EXPECT_FALSE(fs::exists(run_dir(108)));
}

TEST_F(RunDirLengthTest, ASidecarIsRefusedToo) {
  BareServer bare({.server = server(), .config = {}, .directory = nullptr});
  BrokerOptions options = beside(bare, {{"RUN_DIR", run_dir(108)}});
  options.directory = directory_;
  Broker sidecar(std::move(options));

  EXPECT_EQ(sidecar.wait(20s), 78) << sidecar.output();
  expect_refused(sidecar.command({"validate"}));
}

TEST_F(RunDirLengthTest, TheLongestOneIsTaken) {
  Broker broker(
      {.server = server(), .environment = {{"RUN_DIR", run_dir(107)}}, .directory = directory_});

  EXPECT_TRUE(broker.process().wait_for_output("ready: ", 20s)) << broker.output();
  EXPECT_EQ(broker.command({"health", "quick"}).status, 0) << broker.output();
  EXPECT_EQ(broker.command({"validate"}).status, 0);
  EXPECT_EQ(broker.stop(), 0) << broker.output();
}

}  // namespace
}  // namespace unified::test
