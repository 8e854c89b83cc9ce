#include "os/store_lock.h"

#include <fcntl.h>

#include <cerrno>

namespace unified::os {

Result<LockAttempt> try_lock_store(const std::string& directory) {
  UniqueFd fd{::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!fd)
    return system_error("cannot open " + directory, errno);
  return try_lock(std::move(fd), directory);
}

}  // namespace unified::os
