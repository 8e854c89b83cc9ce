#pragma once

#include "supervise/lifecycle.h"

namespace unified::supervise {

/// How long a child that was asked to stop may take before KILL: the stop timeout less 1 s for what
/// comes after, at least half of it.
Duration stop_grace(const Policy& policy);

/// What we end with after a child that was asked to stop: 0 when it ended as asked (code 0 or 1, or
/// INT or TERM by default action), else its code or 128 + n; so 137 after our KILL.
int exit_code_of_stop(const ExitStatus& status);

}  // namespace unified::supervise
