#include "os/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cerrno>
#include <fstream>
#include <sstream>
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

std::optional<int> lock_holder(const std::string& path) {
  struct stat file{};
  if (::lstat(path.c_str(), &file) != 0)
    return std::nullopt;
  // "1: FLOCK  ADVISORY  WRITE 4711 fe:01:262146 0 EOF"; a line of one that waits has "->".
  std::ifstream locks{"/proc/locks"};
  std::optional<int> maybe;
  for (std::string line; std::getline(locks, line);) {
    std::istringstream words{line};
    std::string number;
    std::string kind;
    std::string mode;
    std::string access;
    int pid = 0;
    unsigned major_number = 0;
    unsigned minor_number = 0;
    unsigned long inode = 0;
    char separator = 0;
    words >> number >> kind >> mode >> access >> pid >> std::hex >> major_number >> separator >>
        minor_number >> separator >> std::dec >> inode;
    if (!words || kind != "FLOCK" || inode != file.st_ino || pid <= 0)
      continue;
    if (major_number == major(file.st_dev) && minor_number == minor(file.st_dev))
      return pid;
    maybe = pid;  // some file systems show another device in stat(2)
  }
  return maybe;
}

Result<bool> look_for_file(const std::string& path, int fd) {
  struct stat named{};
  struct stat held{};
  if (::lstat(path.c_str(), &named) != 0) {
    if (errno == ENOENT || errno == ENOTDIR)
      return false;
    return system_error("cannot look at " + path, errno);
  }
  if (::fstat(fd, &held) != 0)
    return system_error("cannot look at what was opened as " + path, errno);
  return named.st_dev == held.st_dev && named.st_ino == held.st_ino;
}

bool is_file_at(const std::string& path, int fd) {
  const auto seen = look_for_file(path, fd);
  return seen && *seen;
}

}  // namespace unified::os
