#include <sys/sysinfo.h>
#include <unistd.h>

#include <algorithm>

#include <fmt/format.h>

#include "base/parse.h"
#include "os/file_text.h"
#include "os/readings.h"

namespace unified::os {
namespace {

/// v1 says "no limit" by a number near 2^63; no machine has a PiB of memory.
constexpr std::int64_t kNoLimit = 1LL << 50;

std::optional<std::int64_t> read_limit(const std::string& path) {
  const Result<std::string> text = read_text_file(path);
  if (!text)
    return std::nullopt;
  const auto limit = parse_int(trim(*text));  // "max" is no number
  return limit && *limit < kNoLimit ? limit : std::nullopt;
}

std::optional<std::int64_t> lower(std::optional<std::int64_t> a, std::optional<std::int64_t> b) {
  if (a && b)
    return std::min(*a, *b);
  return a ? a : b;
}

/// The lowest limit in `file` from `group` up to the root of the hierarchy at `mount`.
std::optional<std::int64_t> lowest_limit(const std::string& mount,
                                         std::string group,
                                         const std::string& file) {
  std::optional<std::int64_t> lowest;
  for (;;) {
    while (group.ends_with('/'))
      group.pop_back();
    lowest = lower(lowest, read_limit(fmt::format("{}{}/{}", mount, group, file)));
    if (group.empty())
      return lowest;
    group.resize(group.rfind('/') == std::string::npos ? 0 : group.rfind('/'));
  }
}

}  // namespace

std::optional<std::int64_t> cgroup_memory_limit(const std::string& root) {
  const Result<std::string> groups = read_text_file(root + "/proc/self/cgroup");
  if (!groups)
    return std::nullopt;
  std::optional<std::int64_t> lowest;
  for (const std::string& line : split_list(*groups, '\n')) {  // "0::/group", "5:cpu,memory:/group"
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos)
      continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string group = line.substr(second + 1);
    if (controllers.empty())
      lowest = lower(lowest, lowest_limit(root + "/sys/fs/cgroup", group, "memory.max"));
    else if (std::ranges::count(split_list(controllers), "memory") > 0)
      lowest = lower(lowest,
                     lowest_limit(root + "/sys/fs/cgroup/memory", group, "memory.limit_in_bytes"));
  }
  return lowest;
}

std::optional<std::int64_t> machine_memory() {
  struct sysinfo info{};
  if (::sysinfo(&info) != 0)
    return std::nullopt;
  return static_cast<std::int64_t>(info.totalram) * static_cast<std::int64_t>(info.mem_unit);
}

std::optional<std::int64_t> memory_limit() {
  return lower(cgroup_memory_limit(), machine_memory());
}

std::optional<std::int64_t> resident_bytes(int pid) {
  const Result<std::string> text = read_text_file("/proc/" + std::to_string(pid) + "/statm");
  if (!text)
    return std::nullopt;
  const auto fields = split_list(*text, ' ');  // pages: size, resident, …
  const auto pages = fields.size() > 1 ? parse_int(fields[1]) : std::nullopt;
  if (!pages)
    return std::nullopt;
  const std::int64_t page = ::sysconf(_SC_PAGESIZE);
  return *pages * page;
}

}  // namespace unified::os
