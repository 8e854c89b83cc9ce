#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace unified::cli {

using WallTime = std::chrono::system_clock::time_point;

/// When nats-server wrote that line: its own stamp (`[1] 2026/11/21 17:53:01.123456 [INF] …`, local
/// time) or ours (LOG_FORMAT=json). Nothing for a line without one.
std::optional<WallTime> time_of(std::string_view line);

/// The lines of NATS_LOG_FILE and what it was rotated to (`nats.1.log` is the newest of those) that
/// were written from `since` on and before `until`, oldest first; those without a stamp go with the
/// one before them. Reads whole files, line by line. An error when one of them can't be read; a
/// `log_file` that does not exist has no lines.
Result<std::vector<std::string>> lines_between(const std::string& log_file,
                                               WallTime since,
                                               WallTime until);

}  // namespace unified::cli
