#pragma once

#include <optional>
#include <string>

#include "supervise/lifecycle.h"

namespace unified::supervise {

/// How long a child that was asked to stop may take before KILL: the stop timeout less 1 s for what
/// comes after, at least half of it.
Duration stop_grace(const Policy& policy);

/// What comes after: KILL, the final sweep, the last lines.
inline constexpr std::chrono::seconds kKillReserve{1};

/// How long a server that was in lame duck mode may take after INT: 3 s, less when the whole stop
/// may take no 8 s.
Duration lame_duck_reserve(const Policy& policy);

/// Why a stop may be cut off by a KILL from outside: what the container's runtime waits (`budget`,
/// its default: it can't be asked) is less than the whole stop may take. Nothing = it fits.
std::optional<std::string> stop_budget_warning(const Policy& policy, Duration budget);

/// Why a lame duck is over before a client has heard of it: INT comes within `grace`
/// (LAME_DUCK_GRACE), in which nobody is sent away yet. Nothing = it isn't.
std::optional<std::string> lame_duck_warning(const Policy& policy, Duration grace);

/// What we end with after a child that was asked to stop: 0 when it ended as asked (code 0 or 1, or
/// INT or TERM by default action), else its code or 128 + n; so 137 after our KILL.
int exit_code_of_stop(const ExitStatus& status);

}  // namespace unified::supervise
