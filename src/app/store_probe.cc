#include "app/store_probe.h"

#include "os/directories.h"
#include "os/readings.h"
#include "os/store_scan.h"

namespace unified::app {

Result<health::DiskFacts> look_at_store(const std::string& store_dir,
                                        const std::vector<std::string>& streams_on_file) {
  const auto space = os::disk_space(store_dir);
  if (!space)
    return space.error();
  auto without = os::streams_without_files(store_dir, streams_on_file);
  if (!without)
    return without.error();
  return health::DiskFacts{.free_bytes = space->free_bytes,
                           .total_bytes = space->total_bytes,
                           .free_inodes = space->total_inodes > 0 ? space->free_inodes : -1,
                           .total_inodes = space->total_inodes,
                           .max_file = -1,
                           .full_in = std::nullopt,
                           .inodes_gone_in = std::nullopt,
                           .store_exists = os::is_directory(store_dir),
                           .read_only = space->read_only,
                           .without_files = *std::move(without)};
}

}  // namespace unified::app
