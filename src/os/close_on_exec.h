#pragma once

namespace unified::os {

/// Every descriptor but the standard streams is closed by the next execve of this process:
/// libraries open some without O_CLOEXEC. Async-signal-safe.
void close_all_on_exec();

}  // namespace unified::os
