// `import` writes both of its files or none.
#include <filesystem>

#include <gtest/gtest.h>

#include "support/entrypoint.h"
#include "support/process.h"
#include "support/temp_dir.h"

namespace unified::test {
namespace {

namespace fs = std::filesystem;

class ImportTest : public testing::Test {
 protected:
  /// `before` is said to the shell first.
  Finished import(const std::string& file, const std::string& before = "") {
    return run({.command = {"sh", "-c",
                            before + "exec " + std::string{entrypoint()} + " import " + file +
                                " --output-dir ."},
                .environment = {},
                .directory = folder_.path()});
  }

  TempDir folder_;
};

TEST_F(ImportTest, WhatCouldNotBeWrittenIsNotInTheWayOfTheNextTry) {
  std::string services = "nats:\n  streams:\n";
  for (int i = 0; i < 100; ++i)
    services += "    S" + std::to_string(i) + ": {subjects: [s" + std::to_string(i) + ".>]}\n";
  const std::string file = folder_.write("services.yaml", services);

  const Finished failed = import(file, "trap '' XFSZ; ulimit -f 1; ");

  EXPECT_EQ(failed.status, 78) << failed.output;
  EXPECT_NE(failed.output.find("streams.yaml"), std::string::npos) << failed.output;
  EXPECT_FALSE(fs::exists(folder_ / ".env"));
  EXPECT_FALSE(fs::exists(folder_ / "streams.yaml"));
  const Finished done = import(file);
  EXPECT_EQ(done.status, 0) << done.output;
  EXPECT_TRUE(fs::exists(folder_ / ".env"));
  EXPECT_TRUE(fs::exists(folder_ / "streams.yaml"));
}

TEST_F(ImportTest, UsersThatEnvCannotSayWriteNothing) {
  const std::string file = folder_.write(
      "services.yaml", "nats: {users: [{user: a, password: x}, {user: b, password: y}]}");

  const Finished done = import(file);

  EXPECT_EQ(done.status, 78) << done.output;
  EXPECT_NE(done.output.find("NATS_EXTRA_CONFIG_FILE"), std::string::npos) << done.output;
  EXPECT_FALSE(fs::exists(folder_ / ".env"));
}

}  // namespace
}  // namespace unified::test
