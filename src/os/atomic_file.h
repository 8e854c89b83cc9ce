#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "base/result.h"

namespace unified::os {

/// Puts a complete file at `path`, or leaves what was there: temporary file in the same directory,
/// fsync, rename, fsync of the directory. Exactly `mode` whatever the umask. A symbolic link at
/// `path` is replaced, not followed; after a failure nothing of ours is left. (Reading is
/// read_text_file().)
Result<void> write_file_atomically(const std::string& path, std::string_view content, mode_t mode);

}  // namespace unified::os
