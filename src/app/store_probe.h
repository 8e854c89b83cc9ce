#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "health/snapshot.h"

namespace unified::app {

/// The store's disk and whether the named streams have a folder there: nats-server notices neither.
/// Blocks on the disk: worker thread only.
Result<health::DiskFacts> look_at_store(const std::string& store_dir,
                                        const std::vector<std::string>& streams_on_file);

}  // namespace unified::app
