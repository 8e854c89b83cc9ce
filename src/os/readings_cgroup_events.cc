#include <algorithm>

#include <fmt/format.h>

#include "base/parse.h"
#include "os/file_text.h"
#include "os/readings.h"

namespace unified::os {
namespace {

/// The number behind `name` in a file of "name number" lines.
std::optional<std::int64_t> number_in(const std::string& path, const std::string& name) {
  const Result<std::string> text = read_text_file(path);
  if (!text)
    return std::nullopt;
  for (const std::string& line : split_list(*text, '\n'))
    if (line.starts_with(name + " "))
      return parse_int(trim(std::string_view{line}.substr(name.size())));
  return std::nullopt;
}

/// From `group` up to the hierarchy's root at `mount`: in a container the path that the kernel
/// names is the host's, and our own group lies at the mount point.
std::optional<std::int64_t> nearest(const std::string& mount,
                                    std::string group,
                                    const std::string& file) {
  for (;;) {
    while (group.ends_with('/'))
      group.pop_back();
    if (const auto found = number_in(fmt::format("{}{}/{}", mount, group, file), "oom_kill"))
      return found;
    if (group.empty())
      return std::nullopt;
    group.resize(group.rfind('/') == std::string::npos ? 0 : group.rfind('/'));
  }
}

bool has_memory(const std::string& controllers) {
  const auto names = split_list(controllers);
  return std::ranges::find(names, "memory") != names.end();
}

}  // namespace

std::optional<std::int64_t> cgroup_oom_kills(const std::string& root) {
  const Result<std::string> groups = read_text_file(root + "/proc/self/cgroup");
  if (!groups)
    return std::nullopt;
  std::optional<std::int64_t> kills;
  for (const std::string& line : split_list(*groups, '\n')) {  // "0::/group", "5:cpu,memory:/group"
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos)
      continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string group = line.substr(second + 1);
    if (has_memory(controllers))
      return nearest(root + "/sys/fs/cgroup/memory", group, "memory.oom_control");
    if (controllers.empty())
      kills = nearest(root + "/sys/fs/cgroup", group, "memory.events");
  }
  return kills;
}

std::optional<std::int64_t> bytes_read(int pid) {
  const Result<std::string> text = read_text_file(fmt::format("/proc/{}/io", pid));
  if (!text)
    return std::nullopt;
  for (const std::string& line : split_list(*text, '\n'))
    if (line.starts_with("rchar:"))
      return parse_int(trim(std::string_view{line}.substr(6)));
  return std::nullopt;
}

}  // namespace unified::os
