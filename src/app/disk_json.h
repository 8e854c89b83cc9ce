#pragma once

#include <optional>

#include <nlohmann/json.hpp>

#include "health/snapshot.h"

namespace unified::app {

/// `{"free_bytes","total_bytes","free_inodes","full_in_seconds","inodes_gone_in_seconds"}` for
/// `status`; what is not known is null. Pure.
nlohmann::ordered_json disk_json(const std::optional<health::DiskFacts>& disk);

}  // namespace unified::app
