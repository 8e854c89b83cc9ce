#include <gtest/gtest.h>

#include "config/load.h"
#include "fake_host.h"

namespace unified::config {
namespace {

TEST(SecrecyTest, APasswordThatIsRefusedIsHiddenWhereAnotherSettingRepeatsIt) {
  const auto loaded = load(env_file("NATS_AUTH_ENABLED=true\nNATS_AUTH_USERNAME=u\n"
                                    "NATS_AUTH_PASSWORD='$2a$10$hunter22'\n"
                                    "NATS_PORT='$2a$10$hunter22'\n"),
                           FakeHost{});

  ASSERT_FALSE(loaded);
  ASSERT_GE(loaded.error().size(), 2U);
  for (const Problem& problem : loaded.error())
    EXPECT_EQ(to_text(problem).find("hunter22"), std::string::npos) << to_text(problem);
}

}  // namespace
}  // namespace unified::config
