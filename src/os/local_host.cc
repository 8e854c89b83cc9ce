#include "os/local_host.h"

#include <sys/stat.h>
#include <sys/utsname.h>

#include "os/file_text.h"
#include "os/readings.h"

namespace unified::os {

Result<std::string> LocalHost::read_file(const std::string& path) const {
  return read_text_file(path);
}

bool LocalHost::file_exists(const std::string& path) const {
  struct stat info{};
  return ::stat(path.c_str(), &info) == 0 && !S_ISDIR(info.st_mode);
}

std::string LocalHost::hostname() const {
  utsname names{};
  return ::uname(&names) == 0 ? std::string{&names.nodename[0]} : std::string{};
}

std::optional<std::int64_t> LocalHost::memory_limit() const {
  return os::memory_limit();
}

std::optional<std::int64_t> LocalHost::disk_capacity(const std::string& path) const {
  const Result<DiskSpace> space = disk_space(path);
  if (!space)
    return std::nullopt;
  return space->free_bytes + disk_usage(path);
}

}  // namespace unified::os
