#include "os/local_host.h"

#include <sys/utsname.h>

#include "os/file_text.h"
#include "os/presence.h"
#include "os/readings.h"

namespace unified::os {

Result<std::string> LocalHost::read_file(const std::string& path) const {
  return read_text_file(path);
}

std::optional<std::string> LocalHost::file_fault(const std::string& path) const {
  const auto presence = presence_of(path);
  if (!presence)
    return presence.error().message;
  if (*presence == Presence::kAbsent)
    return "the file does not exist";
  if (*presence == Presence::kDirectory)
    return "it is a folder, not a file";
  return std::nullopt;
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
