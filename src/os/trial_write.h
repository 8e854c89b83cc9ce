#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace unified::os {

/// Whether the file system refuses a write of `bytes` in `directory` for want of room, of inodes
/// or of quota; nothing when that can't be told (another error). Leaves no file behind. Blocks on
/// the disk.
std::optional<bool> refuses_write(const std::string& directory, std::int64_t bytes);

}  // namespace unified::os
