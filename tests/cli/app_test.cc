#include "cli/app.h"

#include <gtest/gtest.h>

namespace unified::cli {
namespace {

TEST(AppTest, OnlyRunKeepsTheSignalsBlocked) {
  for (const char* command : {"validate", "migrate", "streams", "export", "import", "health",
                              "status", "restart", "clean", "help", "--help", "--version"})
    EXPECT_TRUE(ends_by_itself(command)) << command;
  for (const char* other : {"run", "nats-server", "--env-file", "x", ""})
    EXPECT_FALSE(ends_by_itself(other)) << other;
}

}  // namespace
}  // namespace unified::cli
