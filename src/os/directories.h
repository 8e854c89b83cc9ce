#pragma once

#include <sys/types.h>

#include <string>

#include "base/result.h"

namespace unified::os {

/// mkdir -p: each missing directory gets `mode` (less the umask). What exists stays as it is.
Result<void> make_directories(const std::string& path, mode_t mode = 0750);

/// Whether we can create files in `directory`: by creating and removing one, for permission bits
/// tell neither of read-only mounts nor of quotas.
Result<void> check_writable(const std::string& directory);

}  // namespace unified::os
