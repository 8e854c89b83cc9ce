#include "app/evidence.h"

#include <algorithm>

#include <fmt/format.h>

#include "os/directories.h"
#include "os/port_holder.h"
#include "os/readings.h"
#include "os/store_scan.h"

namespace unified::app {
namespace {

/// What keeps us from using the store, seen without touching nats-server's own folder.
std::string store_trouble(const std::string& store_dir) {
  const std::string inner = store_dir + "/jetstream";
  for (const std::string& path : {store_dir, inner}) {
    const auto usable = os::check_could_create(path);
    if (!usable)
      return usable.error().message;
  }
  if (os::is_directory(store_dir))
    if (const auto writable = os::check_writable(store_dir); !writable)
      return writable.error().message;
  return {};
}

/// The kernel counts the start of a process in hundredths of a second, so that an age may be off by
/// one at each end.
constexpr std::chrono::milliseconds kClockTick{20};

/// Only when it says so: who holds a port matters to nothing else, and /proc is long.
bool speaks_of_ports(const supervise::Evidence& evidence) {
  return std::ranges::any_of(evidence.said, [](const std::string& line) {
    return line.find("address already in use") != std::string::npos;
  });
}

}  // namespace

std::optional<std::int64_t> look_around(supervise::Evidence& evidence,
                                        std::optional<std::int64_t> oom_kills_before,
                                        std::chrono::milliseconds ago) {
  const auto kills = os::cgroup_oom_kills();
  if (kills && oom_kills_before)
    evidence.oom_kills = *kills - *oom_kills_before;
  evidence.memory_limit = os::cgroup_memory_limit();
  if (speaks_of_ports(evidence))
    for (supervise::PortUse& port : evidence.ports)
      if (const auto holder = os::port_holder(port.port);
          holder && (!holder->age || *holder->age > ago + kClockTick))
        port.holder = holder->describe();
  return kills;
}

StoreSeen look_at_store_of(const std::string& store_dir) {
  StoreSeen seen;
  if (const auto disk = os::disk_space(store_dir))
    seen.disk = supervise::DiskSeen{.free_bytes = disk->free_bytes,
                                    .total_bytes = disk->total_bytes,
                                    .free_inodes = disk->free_inodes,
                                    .total_inodes = disk->total_inodes};
  seen.trouble = store_trouble(store_dir);
  if (const auto streams = os::scan_store(store_dir))
    for (const os::StoredStream& stream : *streams)
      seen.streams.push_back(stream.name);
  return seen;
}

}  // namespace unified::app
