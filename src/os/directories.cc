#include "os/directories.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include <fmt/format.h>

#include "os/unique_fd.h"

namespace unified::os {

bool is_directory(const std::string& path) {
  struct stat info{};
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

Result<void> make_directories(const std::string& path, mode_t mode) {
  if (path.empty())
    return Error{"cannot create a directory: its name is empty"};
  for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    const std::string part = path.substr(0, end);
    // Existing first: mkdir of a mount point on a read-only file system says EROFS, not EEXIST.
    if (!is_directory(part) && ::mkdir(part.c_str(), mode) != 0) {
      const int error_number = errno == EEXIST ? ENOTDIR : errno;
      if (!is_directory(part))  // made by somebody else in between?
        return system_error("cannot create " + part, error_number);
    }
    if (end == std::string::npos)
      return {};
  }
}

Result<void> check_could_create(const std::string& directory) {
  std::string nearest = directory;
  struct stat info{};
  while (::stat(nearest.c_str(), &info) != 0 && errno == ENOENT && nearest.size() > 1) {
    const std::size_t slash = nearest.rfind('/');
    nearest = slash == std::string::npos ? "." : nearest.substr(0, std::max<std::size_t>(slash, 1));
    if (nearest == ".")
      break;
  }
  if (::faccessat(AT_FDCWD, nearest.c_str(), W_OK | X_OK, AT_EACCESS) != 0)
    return system_error("cannot create files in " + nearest, errno);
  return is_directory(nearest) ? Result<void>{}
                               : system_error("cannot create files in " + nearest, ENOTDIR);
}

std::string owner_hint(const std::string& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0 || info.st_uid == ::geteuid())
    return {};
  return fmt::format(" (it belongs to uid {}, we are uid {}: chown -R {} {})", info.st_uid,
                     ::geteuid(), ::geteuid(), path);
}

Result<void> check_writable(const std::string& directory) {
  std::string path = directory + "/.unified-write-test-XXXXXX";
  const UniqueFd fd{::mkostemp(path.data(), O_CLOEXEC)};
  // A full disk is no wrong setting: what is stored there can still be served, and may expire.
  if (!fd && (errno == ENOSPC || errno == EDQUOT))
    return {};
  if (!fd)
    return system_error("cannot create files in " + directory, errno);
  if (::unlink(path.c_str()) != 0)
    return system_error("cannot remove files in " + directory, errno);
  return {};
}

}  // namespace unified::os
