#include "os/passing_fault.h"

#include <array>
#include <cerrno>

#include <gtest/gtest.h>

namespace unified::os {
namespace {

TEST(PassingFaultTest, WantOfRoomAndTroubleOfTheDiskMayPass) {
  for (const int number : std::array{ENOSPC, EDQUOT, EIO, EMFILE, ENFILE, ENOMEM, EAGAIN, EINTR,
                                     EBUSY, ESTALE, ETIMEDOUT, EADDRINUSE, ENOBUFS})
    EXPECT_TRUE(may_pass(system_error("cannot write x", number))) << number;
}

TEST(PassingFaultTest, WhatThePathRefusesDoesNotPass) {
  for (const int number :
       std::array{EACCES, EPERM, EROFS, ENOENT, ENOTDIR, ELOOP, ENAMETOOLONG, EINVAL, EFBIG})
    EXPECT_FALSE(may_pass(system_error("cannot write x", number))) << number;
  EXPECT_FALSE(may_pass(Error{"x was not written by us and is left as it is"}));
}

}  // namespace
}  // namespace unified::os
