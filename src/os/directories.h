#pragma once

#include <sys/types.h>

#include <string>

#include "base/result.h"

namespace unified::os {

[[nodiscard]] bool is_directory(const std::string& path);

/// mkdir -p: each missing directory gets `mode` (less the umask). What exists stays as it is.
Result<void> make_directories(const std::string& path, mode_t mode = 0750);

/// Whether we can create files in `directory`: by creating and removing one, for permission bits
/// tell neither of read-only mounts nor of quotas.
Result<void> check_writable(const std::string& directory);

/// Who owns `path`, if that is not us, and the command that gives it to us: " (…)"; else nothing.
/// For messages about what we may not do there.
std::string owner_hint(const std::string& path);

/// Whether make_directories and a file in it would probably work, by looking only: the nearest
/// directory that exists is ours to write to.
Result<void> check_could_create(const std::string& directory);

}  // namespace unified::os
