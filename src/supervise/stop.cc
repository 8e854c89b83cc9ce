#include "supervise/stop.h"

#include <algorithm>
#include <csignal>

#include <fmt/format.h>

#include "base/exit_code.h"
#include "base/parse.h"

namespace unified::supervise {
Duration stop_grace(const Policy& policy) {
  return std::max<Duration>(policy.stop_timeout - kKillReserve, policy.stop_timeout / 2);
}

Duration lame_duck_reserve(const Policy& policy) {
  constexpr std::chrono::seconds kUsual{3};
  return std::min<Duration>(kUsual, (policy.stop_timeout - kKillReserve) / 2);
}

std::optional<std::string> stop_budget_warning(const Policy& policy, Duration budget) {
  if (policy.stop_timeout < budget)
    return std::nullopt;
  return fmt::format(
      "STOP_TIMEOUT={} does not fit into the {} that a container is given to stop unless its "
      "runtime is told otherwise (docker stop -t, stop_grace_period, "
      "terminationGracePeriodSeconds): "
      "give it more than that and say so in STOP_GRACE_PERIOD, or set STOP_TIMEOUT lower",
      format_duration(policy.stop_timeout), format_duration(budget));
}

std::optional<std::string> lame_duck_warning(const Policy& policy, Duration grace) {
  const Duration until_interrupt = policy.stop_timeout - lame_duck_reserve(policy) - kKillReserve;
  if (!policy.lame_duck || grace < until_interrupt)
    return std::nullopt;
  return fmt::format(
      "LAME_DUCK_GRACE={} is as long as the lame duck within STOP_TIMEOUT={} ({}): no client is "
      "sent "
      "away before the stop; set LAME_DUCK_GRACE lower or STOP_TIMEOUT higher",
      format_duration(grace), format_duration(policy.stop_timeout),
      format_duration(std::max<Duration>(until_interrupt, Duration::zero())));
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
