#include "os/environ.h"

#include <cstdlib>

#include <gtest/gtest.h>

namespace unified::os {
namespace {

TEST(EnvironTest, SnapshotHoldsNamesAndWholeValues) {
  ::setenv("UNIFIED_TEST", "a=b c", 1);
  const Environment environment = environment_snapshot();
  ::unsetenv("UNIFIED_TEST");
  ASSERT_TRUE(environment.contains("UNIFIED_TEST"));
  EXPECT_EQ(environment.at("UNIFIED_TEST"), "a=b c");
  EXPECT_FALSE(environment_snapshot().contains("UNIFIED_TEST"));
}

TEST(EnvironTest, ChildSeesAllButTheStrippedNames) {
  const Environment environment{
      {"HOME", "/root"}, {"NATS_AUTH_PASSWORD", "s3cret"}, {"PATH", "/bin"}};
  EXPECT_EQ(child_environment(environment, {"NATS_AUTH_PASSWORD", "ABSENT"}),
            (std::vector<std::string>{"HOME=/root", "PATH=/bin"}));
}

}  // namespace
}  // namespace unified::os
