#include "health/disk_room.h"

#include <algorithm>

#include "base/parse.h"

namespace unified::health {
namespace {

/// With less nothing is stored any more: 2.9 does not even answer the publisher, and its JetStream
/// says that all is well (facts §5).
constexpr std::int64_t kFewBlocks = std::int64_t{1} * 1024 * 1024;
constexpr std::int64_t kRoomBytes = std::int64_t{64} * 1024 * 1024;
constexpr std::int64_t kMostRoomBytes = std::int64_t{1024} * 1024 * 1024;  // of a large disk
constexpr std::int64_t kRoomInodes = 1000;

}  // namespace

bool tells_of_no_room(std::string_view text) {
  return text.find("no space left on device") != std::string_view::npos ||
         text.find("disk quota exceeded") != std::string_view::npos;
}

bool is_full(const DiskFacts& disk) {
  // Some file systems count neither.
  return (disk.total_bytes > 0 && disk.free_bytes < kFewBlocks) || disk.free_inodes == 0;
}

std::string what_is_left(const DiskFacts& disk) {
  return disk.free_inodes == 0 ? "no inode is free" : format_bytes(disk.free_bytes) + " free";
}

bool has_room(const DiskFacts& disk) {
  const std::int64_t bytes = std::min(
      std::clamp(disk.total_bytes / 100, kRoomBytes, kMostRoomBytes), disk.total_bytes / 4);
  const std::int64_t inodes = std::min(kRoomInodes, disk.total_inodes / 4);
  return disk.free_bytes >= bytes && (disk.free_inodes < 0 || disk.free_inodes >= inodes);
}

RoomVerdict judge(const RoomEvidence& evidence) {
  if (!evidence.server_said && !evidence.jetstream_silent)
    return RoomVerdict::kRoom;
  if (evidence.refused_us.value_or(false) || (evidence.disk && is_full(*evidence.disk)))
    return RoomVerdict::kFull;
  const bool seen = evidence.disk.has_value() && evidence.refused_us.has_value();
  return evidence.server_said && seen ? RoomVerdict::kWasFull : RoomVerdict::kRoom;
}

}  // namespace unified::health
