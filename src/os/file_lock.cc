#include "os/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

namespace unified::os {
namespace {

constexpr mode_t kReadableByAll = 0644;

/// Without O_CREAT first: in a folder that all may write to, the kernel refuses it for a file of
/// another user (fs.protected_regular), and to be locked a file need only be readable.
UniqueFd open_or_make(const std::string& path) {
  constexpr int kFlags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC;
  UniqueFd fd{::open(path.c_str(), kFlags)};
  if (!fd && errno == ENOENT)
    fd = UniqueFd{::open(path.c_str(), kFlags | O_CREAT, kReadableByAll)};
  return fd;
}

}  // namespace

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

Result<LockAttempt> try_lock_file(const std::string& path, UniqueFd held) {
  UniqueFd fd = held && is_file_at(path, held.get()) ? std::move(held) : open_or_make(path);
  if (!fd)
    return system_error("cannot open " + path, errno);
  Result<LockAttempt> attempt = try_lock(std::move(fd), path);
  if (attempt && attempt->fd && !is_file_at(path, attempt->fd.get()))
    return LockAttempt{};
  return attempt;
}

bool is_file_at(const std::string& path, int fd) {
  struct stat named{};
  struct stat held{};
  return ::lstat(path.c_str(), &named) == 0 && ::fstat(fd, &held) == 0 &&
         named.st_dev == held.st_dev && named.st_ino == held.st_ino;
}

}  // namespace unified::os
