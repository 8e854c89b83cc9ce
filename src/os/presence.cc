#include "os/presence.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

namespace unified::os {
namespace {

bool means_absent(int error_number) {
  return error_number == ENOENT || error_number == ENOTDIR;
}

Error cannot_look_at(const std::string& path, int error_number) {
  Error error = system_error("cannot look at " + path, error_number);
  error.message += access_hint(path, error_number);
  return error;
}

}  // namespace

Result<Presence> presence_of(const std::string& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) == 0)
    return S_ISDIR(info.st_mode) ? Presence::kDirectory : Presence::kOther;
  const int error_number = errno;
  if (means_absent(error_number))
    return Presence::kAbsent;
  return cannot_look_at(path, error_number);
}

Result<bool> name_exists(const std::string& path) {
  struct stat info{};
  if (::lstat(path.c_str(), &info) == 0)
    return true;
  const int error_number = errno;
  if (means_absent(error_number))
    return false;
  return cannot_look_at(path, error_number);
}

std::string access_hint(const std::string& path, int error_number) {
  if (error_number != EACCES && error_number != EPERM)
    return {};
  std::string blocked = path;
  for (std::size_t slash = path.starts_with('/') ? 0 : std::string::npos;;) {
    const std::string folder = slash == std::string::npos ? "."
                               : slash == 0               ? "/"
                                                          : path.substr(0, slash);
    if (::faccessat(AT_FDCWD, folder.c_str(), X_OK, AT_EACCESS) != 0 && errno == EACCES) {
      blocked = folder;
      break;
    }
    slash = path.find('/', slash == std::string::npos ? 0 : slash + 1);
    if (slash == std::string::npos)
      break;
  }
  // "." can't be looked at in a folder that may not be searched, its name from above can.
  std::error_code unnamed;
  const std::string by_name =
      blocked == "." ? std::filesystem::current_path(unnamed).string() : blocked;
  struct stat info{};
  if (::stat(by_name.c_str(), &info) != 0)
    return fmt::format(" (we are uid {})", ::geteuid());
  return fmt::format(" ({} belongs to uid {}, mode {:04o}; we are uid {})",
                     blocked == "." ? "the working directory" : blocked, info.st_uid,
                     info.st_mode & 07777U, ::geteuid());
}

}  // namespace unified::os
