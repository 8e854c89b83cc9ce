#pragma once

namespace unified {

/// What our process ends with (DESIGN.md, "Exit codes"); scripts and orchestrators rely on each
/// number.
enum ExitCode : int {
  kExitOk = 0,               ///< done, or asked to stop and stopped
  kExitCheckFailed = 1,      ///< a check failed; `plan`: an error
  kExitPlanHasChanges = 2,   ///< `plan`, `init`: something differs, or is left
  kExitStatusStopped = 3,    ///< `status` only (LSB)
  kExitStatusUnknown = 4,    ///< `status` only (LSB)
  kExitUsage = 64,           ///< the command line is wrong
  kExitUnavailable = 69,     ///< server or supervisor can't be reached
  kExitInternal = 70,        ///< our bug
  kExitBusy = 73,            ///< store, RUN_DIR or nats.conf held by another
  kExitRestartsSpent = 75,   ///< nats-server failed too often, or what may pass (no room) did not
  kExitConfiguration = 78,   ///< the configuration is wrong; nothing was started
  kExitNotExecutable = 126,  ///< nats-server can't be executed
  kExitNotFound = 127,       ///< nats-server not found
  kExitKilled = 137,         ///< we had to KILL nats-server
  kExitSignalBase = 128,     ///< + n: nats-server killed by signal n and not restarted
};

}  // namespace unified
