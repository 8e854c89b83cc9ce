#include <sys/sysinfo.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

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

/// The folder of one cgroup, and what its files are called.
struct Group {
  std::string folder;
  bool v2 = true;
};

/// The group and all above it.
void add_with_parents(const std::string& mount,
                      std::string group,
                      bool v2,
                      std::vector<Group>& to) {
  for (;;) {
    while (group.ends_with('/'))
      group.pop_back();
    to.push_back({mount + group, v2});
    if (group.empty())
      return;
    group.resize(group.rfind('/') == std::string::npos ? 0 : group.rfind('/'));
  }
}

/// Our cgroup and all above it that can limit our memory, in both hierarchies.
std::vector<Group> memory_groups(const std::string& root) {
  std::vector<Group> found;
  const Result<std::string> groups = read_text_file(root + "/proc/self/cgroup");
  if (!groups)
    return found;
  for (const std::string& line : split_list(*groups, '\n')) {  // "0::/group", "5:cpu,memory:/group"
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos)
      continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const bool v2 = controllers.empty();
    if (!v2 && std::ranges::count(split_list(controllers), "memory") == 0)
      continue;
    const std::string mount = root + (v2 ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory");
    add_with_parents(mount, line.substr(second + 1), v2, found);
  }
  return found;
}

std::optional<std::int64_t> limit_of(const Group& group) {
  return read_limit(group.folder + (group.v2 ? "/memory.max" : "/memory.limit_in_bytes"));
}

/// Of "NAME NUMBER …" or "NAME: NUMBER kB" at the beginning of a line.
std::optional<std::int64_t> number_after(const std::string& text, const std::string& name) {
  for (const std::string& line : split_list(text, '\n'))
    if (line.starts_with(name + " ") || line.starts_with(name + ":"))
      for (const std::string& word : split_list(line.substr(name.size() + 1), ' '))
        if (const auto number = parse_int(word))
          return number;
  return std::nullopt;
}

/// Its limit less what it uses and can't be taken from it easily.
std::optional<MemoryLeft> left_in(const Group& group) {
  const auto limit = limit_of(group);
  if (!limit)
    return std::nullopt;
  const auto used =
      read_limit(group.folder + (group.v2 ? "/memory.current" : "/memory.usage_in_bytes"));
  if (!used)
    return std::nullopt;
  const auto statistics = read_text_file(group.folder + "/memory.stat");
  const char* const name = group.v2 ? "inactive_file" : "total_inactive_file";
  const auto cached = statistics ? number_after(*statistics, name) : std::nullopt;
  const std::int64_t working_set = std::max<std::int64_t>(*used - cached.value_or(0), 0);
  return MemoryLeft{.free = std::max<std::int64_t>(*limit - working_set, 0), .limit = *limit};
}

}  // namespace

std::optional<std::int64_t> cgroup_memory_limit(const std::string& root) {
  std::optional<std::int64_t> lowest;
  for (const Group& group : memory_groups(root))
    lowest = lower(lowest, limit_of(group));
  return lowest;
}

std::optional<MemoryLeft> memory_left(const std::string& root) {
  std::optional<MemoryLeft> least;
  constexpr std::int64_t kKiB = 1024;
  if (const auto machine = read_text_file(root + "/proc/meminfo"))
    if (const auto available = number_after(*machine, "MemAvailable"))
      least = MemoryLeft{.free = *available * kKiB, .limit = 0};
  for (const Group& group : memory_groups(root))
    if (const auto left = left_in(group); left && (!least || left->free < least->free))
      least = left;
  return least;
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
