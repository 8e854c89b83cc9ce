#pragma once

#include <optional>

namespace unified::supervise {

/// What an errno of fork or execve means for us: the exit code to give up with (127: there is no
/// such program, 126: it can't be executed), or nothing when the cause may pass (no memory, no
/// process slot, file being written).
std::optional<int> permanent_spawn_failure(int error_number);

}  // namespace unified::supervise
