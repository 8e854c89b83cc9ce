#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "os/readings.h"

namespace unified::os {
namespace {

constexpr std::int64_t kBlock =
    512;  // st_blocks counts these, whatever the file system's own block is

/// ext4 keeps 2 % of the blocks, at most 4096, that are free and given to nobody, root included.
std::int64_t blocks_for_nobody(const struct statvfs& info) {
  constexpr std::int64_t kMost = 4096;
  constexpr std::int64_t kPart = 50;
  return std::min(static_cast<std::int64_t>(info.f_blocks) / kPart, kMost);
}

/// f_bavail: f_bfree counts what nobody gets, too (btrfs without room for its metadata, ext4). Only
/// on ext4 root may have more, the part that is reserved for it (5 % by default).
std::int64_t free_blocks(const struct statvfs& info, const std::string& place) {
  const auto available = static_cast<std::int64_t>(info.f_bavail);
  struct statfs kind{};
  if (::geteuid() != 0 || ::statfs(place.c_str(), &kind) != 0 || kind.f_type != EXT4_SUPER_MAGIC)
    return available;
  return std::max(available, static_cast<std::int64_t>(info.f_bfree) - blocks_for_nobody(info));
}

}  // namespace

std::string nearest_existing(const std::string& path) {
  std::error_code error;
  std::filesystem::path candidate = std::filesystem::absolute(path, error).lexically_normal();
  // Only past what is absent: the folder above one that can't be looked at may be another disk.
  while (!std::filesystem::exists(candidate, error) && !error && candidate.has_relative_path())
    candidate = candidate.parent_path();
  return candidate.empty() ? "/" : candidate.string();
}

Result<DiskSpace> disk_space(const std::string& path) {
  const std::string place = nearest_existing(path);
  struct statvfs info{};
  int result = 0;
  do
    result = ::statvfs(place.c_str(), &info);
  while (result != 0 && errno == EINTR);
  if (result != 0)
    return system_error("cannot read the disk space of " + place, errno);
  const auto unit = static_cast<std::int64_t>(info.f_frsize);
  return DiskSpace{.total_bytes = static_cast<std::int64_t>(info.f_blocks) * unit,
                   .free_bytes = free_blocks(info, place) * unit,
                   .total_inodes = static_cast<std::int64_t>(info.f_files),
                   .free_inodes = static_cast<std::int64_t>(info.f_favail),
                   .read_only = (info.f_flag & ST_RDONLY) != 0};
}

FileSystem file_system_of(const std::string& path) {
  struct statfs info{};
  if (::statfs(nearest_existing(path).c_str(), &info) != 0)
    return FileSystem::kOther;
  if (info.f_type == TMPFS_MAGIC || info.f_type == RAMFS_MAGIC)
    return FileSystem::kMemory;
  return info.f_type == OVERLAYFS_SUPER_MAGIC ? FileSystem::kOverlay : FileSystem::kOther;
}

std::int64_t disk_usage(const std::string& path) {
  std::int64_t total = 0;
  std::error_code error;
  std::filesystem::recursive_directory_iterator entry{
      path, std::filesystem::directory_options::skip_permission_denied, error};
  for (; !error && entry != std::filesystem::recursive_directory_iterator{};
       entry.increment(error)) {
    struct stat info{};
    if (::lstat(entry->path().c_str(), &info) == 0)
      total += info.st_blocks * kBlock;
  }
  return total;
}

}  // namespace unified::os
