#include "supervise/spawn_error.h"

#include <cerrno>
#include <cstring>

#include <gtest/gtest.h>

namespace unified::supervise {
namespace {

TEST(SpawnErrorTest, SortsErrnosIntoNotFoundNotExecutableAndTransient) {
  struct Case {
    int error_number;
    std::optional<int> exit_code;
  };
  const Case cases[] = {{ENOENT, 127},          {ENOTDIR, 127},         {EACCES, 126},
                        {ENOEXEC, 126},         {EISDIR, 126},          {EPERM, 126},
                        {E2BIG, 126},           {EAGAIN, std::nullopt}, {ENOMEM, std::nullopt},
                        {EMFILE, std::nullopt}, {ENFILE, std::nullopt}, {ETXTBSY, std::nullopt}};
  for (const Case& c : cases)
    EXPECT_EQ(permanent_spawn_failure(c.error_number), c.exit_code)
        << std::strerror(c.error_number);
}

}  // namespace
}  // namespace unified::supervise
