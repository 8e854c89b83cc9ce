#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"

namespace unified::os {

// What the machine and the container have to offer. Cheap enough for every health check but
// disk_usage().

/// Memory limit of our cgroup, the lowest of it and its parents, v2 or v1, bytes; nothing without a
/// limit. `root` stands before /sys and /proc, for tests.
std::optional<std::int64_t> cgroup_memory_limit(const std::string& root = "");

/// What is left of memory, bytes.
struct MemoryLeft {
  std::int64_t free = 0;
  std::int64_t limit = 0;  ///< of the cgroup, ours or one above it, that leaves the least; 0: the
                           ///< machine leaves less than they do, or there are no limits
};
/// What we and our children may still take: the least of the cgroups' limits (v2 or v1), each less
/// its working set (what is used, but for the page cache that the kernel gives back first), and the
/// machine's MemAvailable. Nothing when that can't be read. `root` as above.
std::optional<MemoryLeft> memory_left(const std::string& root = "");

/// How often the kernel has killed a process of our cgroup for memory, since the cgroup was made
/// (v2 memory.events, v1 memory.oom_control); nothing when that can't be read. `root` as above.
std::optional<std::int64_t> cgroup_oom_kills(const std::string& root = "");

/// Physical memory, bytes.
std::optional<std::int64_t> machine_memory();

/// The lower of the two.
std::optional<std::int64_t> memory_limit();

/// Resident memory of a process of ours, bytes; nothing when it is gone.
std::optional<std::int64_t> resident_bytes(int pid);

/// Bytes that a process of ours has read so far, from files in the page cache, too; nothing when it
/// is gone.
std::optional<std::int64_t> bytes_read(int pid);

struct DiskSpace {
  std::int64_t total_bytes = 0;
  std::int64_t free_bytes = 0;    ///< for the user that we run as
  std::int64_t total_inodes = 0;  ///< 0: the file system does not count them
  std::int64_t free_inodes = 0;
  bool read_only = false;  ///< mounted so, maybe by the kernel after an error (ext4)
};

/// Of the file system that `path`, or its nearest existing parent, is on.
Result<DiskSpace> disk_space(const std::string& path);

/// Bytes allocated to the files below `path`; 0 when there is none. Walks the tree: for start-up
/// only.
std::int64_t disk_usage(const std::string& path);

/// `path` itself, or the nearest parent that exists.
std::string nearest_existing(const std::string& path);

/// Whether `path` (or its nearest existing parent) is below a mount point other than "/": a volume,
/// in a container. `root` stands before /proc, for tests.
bool is_on_own_mount(const std::string& path, const std::string& root = "");

/// What kind of file system `path` (or its nearest existing parent) is on, as far as it matters to
/// who keeps something there. Blocks on it.
enum class FileSystem { kMemory, kOverlay, kOther };
FileSystem file_system_of(const std::string& path);

/// A guess from the traces that Docker, Podman and Kubernetes leave.
bool inside_container(const std::string& root = "");

}  // namespace unified::os
