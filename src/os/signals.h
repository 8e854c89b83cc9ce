#pragma once

#include <chrono>
#include <csignal>
#include <optional>
#include <string>

#include "base/result.h"
#include "os/unique_fd.h"

namespace unified::os {

/// All signals but those that tell of a fault of our own (SEGV, BUS, FPE, ILL, ABRT, TRAP, SYS):
/// blocked, they would end us without a trace or spin for ever.
sigset_t all_but_fault_signals();

/// Blocks them in this thread and in all that it starts later; returns the mask before. For the
/// first lines of main: what comes after stays pending for the signal fd, even for PID 1, whose
/// unhandled signals the kernel throws away.
sigset_t block_all_signals();

/// signalfd(2) over `signals` (which must be blocked): closed on exec, non-blocking, readable when
/// one is pending.
Result<UniqueFd> make_signal_fd(const sigset_t& signals);

struct ReceivedSignal {
  int signal = 0;
  int sender_pid = 0;  ///< 0: the kernel, or a process outside our PID namespace
};

/// The next pending signal of a signal fd; nothing when there is none. Signals of one kind
/// coalesce: SIGCHLD is a hint.
std::optional<ReceivedSignal> read_signal(int signal_fd);

/// Waits up to `time` for a signal that asks for our end (TERM, INT, QUIT, USR2), which must be
/// blocked; nothing when none came. For a wait before there is a signal fd.
std::optional<int> wait_for_stop(std::chrono::milliseconds time);

/// "SIGTERM"; "signal 34" for one that has no name.
std::string signal_name(int signal);

/// Writes to a closed pipe fail with EPIPE instead of ending us. Children start with the default
/// again.
void ignore_sigpipe();

/// Orphaned descendants become our children, as they do for PID 1. Lasts for the life of the
/// process.
Result<void> become_subreaper();

}  // namespace unified::os
