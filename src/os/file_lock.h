#pragma once

#include <string>

#include "base/result.h"
#include "os/unique_fd.h"

namespace unified::os {

/// The lock is held while the descriptor, or a copy of it in any process, is open.
struct LockAttempt {
  UniqueFd fd;  ///< none: held by another
  [[nodiscard]] bool held_by_another() const { return !fd; }
};

/// flock(2), exclusive and without waiting, on an open file or directory; `path` is for the error
/// only.
Result<LockAttempt> try_lock(UniqueFd fd, const std::string& path);

}  // namespace unified::os
