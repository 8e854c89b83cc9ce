#include <unistd.h>

#include <filesystem>
#include <string_view>
#include <system_error>

#include "base/parse.h"
#include "os/file_text.h"
#include "os/readings.h"

namespace unified::os {
namespace {

/// mountinfo writes blanks and backslashes as \ooo.
std::string unescaped(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size()) {
      const int code = (text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0');
      result += static_cast<char>(code);
      i += 3;
    } else {
      result += text[i];
    }
  }
  return result;
}

bool contains_path(const std::string& directory, const std::string& path) {
  return path == directory || path.starts_with(directory + "/");
}

}  // namespace

bool is_on_own_mount(const std::string& path, const std::string& root) {
  const Result<std::string> mounts = read_text_file(root + "/proc/self/mountinfo");
  if (!mounts)
    return false;
  std::error_code error;
  const std::filesystem::path real = std::filesystem::canonical(nearest_existing(path), error);
  if (error)
    return false;
  constexpr std::size_t kMountPoint = 4;  // proc(5): ID parent major:minor root MOUNT-POINT …
  for (const std::string& line : split_list(*mounts, '\n')) {
    const auto fields = split_list(line, ' ');
    if (fields.size() <= kMountPoint)
      continue;
    const std::string mount_point = unescaped(fields[kMountPoint]);
    if (mount_point != "/" && contains_path(mount_point, real.string()))
      return true;
  }
  return false;
}

bool inside_container(const std::string& root) {
  for (const char* trace : {"/.dockerenv", "/run/.containerenv", "/var/run/secrets/kubernetes.io"})
    if (::access((root + trace).c_str(), F_OK) == 0)
      return true;
  const Result<std::string> groups = read_text_file(root + "/proc/1/cgroup");
  if (!groups)
    return false;
  for (const char* trace : {"docker", "kubepods", "libpod", "containerd", "/lxc/"})
    if (groups->find(trace) != std::string::npos)
      return true;
  return false;
}

}  // namespace unified::os
