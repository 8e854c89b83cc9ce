#pragma once

#include <optional>
#include <string>

namespace unified::app {

/// A warning for a store on a file system that does not outlive what runs on it: in memory, or a
/// container's own layer. Blocks on the disk.
std::optional<std::string> fleeting_store_warning(const std::string& store_dir);

}  // namespace unified::app
