#include "app/disk_json.h"

namespace unified::app {
namespace {

using nlohmann::ordered_json;

ordered_json seconds(const std::optional<std::chrono::seconds>& span) {
  return span ? ordered_json(span->count()) : ordered_json{};
}

}  // namespace

ordered_json disk_json(const std::optional<health::DiskFacts>& disk) {
  if (!disk)
    return nullptr;
  return {
      {"free_bytes", disk->free_bytes},
      {"total_bytes", disk->total_bytes},
      {"free_inodes", disk->free_inodes >= 0 ? ordered_json(disk->free_inodes) : ordered_json{}},
      {"full_in_seconds", seconds(disk->full_in)},
      {"inodes_gone_in_seconds", seconds(disk->inodes_gone_in)}};
}

}  // namespace unified::app
