#pragma once

#include <variant>

#include "supervise/lifecycle.h"

namespace unified::supervise {

// What follows on a child that ended though nobody asked it to (or could not be started).
struct StartAtOnce {};
struct StartAfter {
  Duration delay{};
};
struct GiveUp {
  int exit_code = 0;
};
using RestartDecision = std::variant<StartAtOnce, StartAfter, GiveUp>;

/// Judges an unasked end by the policy and counts it in `state` (failures, backoff_attempt).
/// `state` is that of the child's life: ready_since still stands. Rules: DESIGN.md, "Supervision".
/// A configuration that nats-server has never taken in our life and refuses for good is
/// GiveUp{78}, whatever the policy; one that it took before (a file that it names is being
/// replaced, somebody edits NATS_EXTRA_CONFIG_FILE) counts as any other failure.
RestartDecision decide_restart(Lifecycle& state,
                               const ChildExited& exited,
                               const Policy& policy,
                               TimePoint now,
                               double jitter);

/// Counts a failure that may be tried again: the back-off, or GiveUp{75} when the budget is spent.
RestartDecision decide_retry(Lifecycle& state, const Policy& policy, TimePoint now, double jitter);

/// The same for a child that the watchdog ended: never at once, for a server that hangs again and
/// again is ready each time. Hangs more than ten minutes apart are not the same trouble.
RestartDecision decide_after_hang(Lifecycle& state,
                                  const Policy& policy,
                                  TimePoint now,
                                  double jitter);

}  // namespace unified::supervise
