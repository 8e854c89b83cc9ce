#pragma once

#include <optional>
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

/// The same on the file `path`, which is made when it is not there (empty, 0644; a link is no such
/// file). `held`: a descriptor that may be this lock already (Handover); another one is closed. One
/// that is removed just now counts as held.
Result<LockAttempt> try_lock_file(const std::string& path, UniqueFd held = {});

/// The pid of who holds the lock of `path` (try_lock_file), as /proc/locks has it; nothing: nobody
/// holds it, or nobody whom our pid namespace shows. Only for people: it may have changed since.
std::optional<int> lock_holder(const std::string& path);

/// Whether the path leads to the file of that descriptor; a link at its end leads nowhere. An
/// error: that can't be looked at.
Result<bool> look_for_file(const std::string& path, int fd);
/// The same; false also when it can't be looked at.
bool is_file_at(const std::string& path, int fd);

}  // namespace unified::os
