#include "os/passing_fault.h"

#include <algorithm>
#include <array>
#include <cerrno>

namespace unified::os {

bool may_pass(const Error& error) {
  constexpr std::array kLasting{
      0,      EACCES,     EPERM,  EROFS, ENOENT, ENOTDIR, ELOOP, ENAMETOOLONG, EINVAL,      EISDIR,
      EEXIST, EOPNOTSUPP, ENOSYS, EXDEV, EFBIG,  EBADF,   ENXIO, ENODEV,       EAFNOSUPPORT};
  return std::ranges::find(kLasting, error.number) == kLasting.end();
}

}  // namespace unified::os
