// Result, Secret, Error and ServerVersion: the small value types.

#include <cerrno>

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/result.h"
#include "base/secret.h"
#include "base/server_version.h"

namespace unified {
namespace {

TEST(ResultTest, HoldsAValueOrAnError) {
  const Result<int> value{7};
  const Result<int> error{Error{"no"}};
  const Result<void> done;
  const Result<void> failed{Error{"no"}};

  ASSERT_TRUE(value);
  EXPECT_EQ(*value, 7);
  ASSERT_FALSE(error);
  EXPECT_EQ(error.error().message, "no");
  EXPECT_TRUE(done.ok());
  EXPECT_EQ(failed.error().message, "no");
}

TEST(SecretTest, PrintsAsStars) {
  EXPECT_EQ(fmt::format("<{}> <{}>", Secret{"hunter2"}, Secret{}), "<***> <>");
  EXPECT_EQ(Secret{"hunter2"}.reveal(), "hunter2");
}

TEST(ErrorTest, SystemErrorsAreOneLowerCaseClause) {
  EXPECT_EQ(system_error("cannot open /x", ENOENT).message,
            "cannot open /x: no such file or directory");
}

TEST(ServerVersionTest, ReadsWhatServersAndPeopleWrite) {
  EXPECT_EQ(parse_server_version("nats-server: v2.9.10"), (ServerVersion{2, 9, 10}));
  EXPECT_EQ(parse_server_version("2.15.0-dev"), (ServerVersion{2, 15, 0}));
  for (const char* text : {"", "v2", "2.9", "2.9.", "x"})
    EXPECT_EQ(parse_server_version(text), std::nullopt) << text;
  EXPECT_LT((ServerVersion{2, 9, 10}), (ServerVersion{2, 10, 0}));
  EXPECT_EQ(to_text({2, 10, 27}), "2.10.27");
}

}  // namespace
}  // namespace unified
