#include "supervise/stop.h"

#include <algorithm>
#include <csignal>

#include "base/exit_code.h"

namespace unified::supervise {
namespace {

constexpr std::chrono::seconds kKillReserve{1};

}  // namespace

Duration stop_grace(const Policy& policy) {
  return std::max<Duration>(policy.stop_timeout - kKillReserve, policy.stop_timeout / 2);
}

int exit_code_of_stop(const ExitStatus& status) {
  if (status.is_signaled()) {
    // By INT or TERM: it had no handler yet, and did what it was told.
    const bool as_asked = status.signal() == SIGINT || status.signal() == SIGTERM;
    return as_asked ? kExitOk : status.shell_code();
  }
  return status.code() <= 1 ? kExitOk : status.code();  // older servers answer a stop with 1
}

}  // namespace unified::supervise
