#include "os/synced_path.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "os/unique_fd.h"

namespace unified::os {
namespace {

/// EINVAL: a file system that has nothing to sync there.
bool synced(const UniqueFd& fd) {
  return ::fsync(fd.get()) == 0 || errno == EINVAL;
}

}  // namespace

Result<void> sync_folder(const std::string& path) {
  const UniqueFd fd{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!fd || !synced(fd))
    return system_error("cannot sync " + path, errno);
  return {};
}

Result<bool> sync_if_there(const std::string& path) {
  const UniqueFd fd{::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)};
  if (!fd && (errno == ENOENT || errno == ENOTDIR))
    return false;
  if (!fd || !synced(fd))
    return system_error("cannot sync " + path, errno);
  return true;
}

}  // namespace unified::os
