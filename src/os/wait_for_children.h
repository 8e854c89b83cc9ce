#pragma once

#include <chrono>

namespace unified::os {

/// Reaps until no child is left, at most `timeout`. For the last moments of a process: needs
/// SIGCHLD to be blocked.
bool wait_for_no_children(std::chrono::milliseconds timeout);

}  // namespace unified::os
