#include "os/file_lock.h"

#include <sys/file.h>

#include <cerrno>

namespace unified::os {

Result<LockAttempt> try_lock(UniqueFd fd, const std::string& path) {
  int result = 0;
  do
    result = ::flock(fd.get(), LOCK_EX | LOCK_NB);
  while (result != 0 && errno == EINTR);
  if (result == 0)
    return LockAttempt{std::move(fd)};
  if (errno == EWOULDBLOCK)
    return LockAttempt{};
  return system_error("cannot lock " + path, errno);
}

}  // namespace unified::os
