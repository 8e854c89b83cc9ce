#pragma once

#include <functional>

#include "supervise/exit_status.h"

namespace unified::os {

/// What is done with each child that ended. Both run on the caller's thread; either may be empty.
struct ReapCallbacks {
  /// While its zombie still holds the pid and the process group: the last moment for kill_group().
  std::function<void(int pid)> before;
  /// When it is gone. Unknown pids are orphans that came to us.
  std::function<void(int pid, const supervise::ExitStatus&)> after;
};

struct ReapResult {
  int reaped = 0;
  bool more = false;  ///< the limit was reached: call again soon
};

/// Reaps children that ended, without waiting, at most `limit`. The only place of the program that
/// waits for children: call it on every SIGCHLD and on every readable pidfd, for SIGCHLD coalesces.
ReapResult reap_all(const ReapCallbacks& callbacks, int limit = 256);

}  // namespace unified::os
