#include <unistd.h>

#include <algorithm>
#include <array>
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
      const int code = ((text[i + 1] - '0') * 64) + ((text[i + 2] - '0') * 8) + (text[i + 3] - '0');
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

/// proc(5): ID parent major:minor root MOUNT-POINT …; empty for a broken line.
std::string mount_point_of(const std::string& line) {
  constexpr std::size_t kMountPoint = 4;
  const auto fields = split_list(line, ' ');
  return fields.size() > kMountPoint ? unescaped(fields[kMountPoint]) : "";
}

}  // namespace

bool is_on_own_mount(const std::string& path, const std::string& root) {
  const Result<std::string> mounts = read_text_file(root + "/proc/self/mountinfo");
  if (!mounts)
    return false;
  std::error_code error;
  const std::filesystem::path real = std::filesystem::canonical(nearest_existing(path), error);
  if (error)
    return true;  // it can't be told, and only "no" has consequences
  return std::ranges::any_of(split_list(*mounts, '\n'), [&](const std::string& line) {
    const std::string mount_point = mount_point_of(line);
    return !mount_point.empty() && mount_point != "/" && contains_path(mount_point, real.string());
  });
}

bool inside_container(const std::string& root) {
  for (const char* trace : {"/.dockerenv", "/run/.containerenv", "/var/run/secrets/kubernetes.io"})
    if (::access((root + trace).c_str(), F_OK) == 0)
      return true;
  const Result<std::string> groups = read_text_file(root + "/proc/1/cgroup");
  if (!groups)
    return false;
  constexpr std::array<const char*, 5> kTraces{"docker", "kubepods", "libpod", "containerd",
                                               "/lxc/"};
  return std::ranges::any_of(
      kTraces, [&](const char* trace) { return groups->find(trace) != std::string::npos; });
}

}  // namespace unified::os
