#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "supervise/exit_status.h"

namespace unified::os {

/// Starts a program in a session of its own, with /dev/null as stdin and stdout and stderr appended
/// to `log` (0640, made with its folder if need be). Returns its pid; errors are of the log or of
/// the start.
Result<int> start_in_background(const std::vector<std::string>& arguments, const std::string& log);

/// How that child ended; nothing while it runs.
std::optional<supervise::ExitStatus> ended(int pid);

}  // namespace unified::os
