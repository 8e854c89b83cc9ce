#pragma once

#include "base/result.h"
#include "os/spawn.h"

namespace unified::os {

// Signals. All need a child that is not reaped yet: its pid, even a zombie's, can't belong to
// anybody else.

/// To the child alone, through its pidfd where there is one. A child that has ended is an error
/// ("no such process").
Result<void> send_signal(const Child& child, int signal);

/// KILL to the child's whole process group, and to the child itself should there be no such group.
Result<void> kill_group(int pid);

/// To every process of our PID namespace but us: the final sweep, which also finds those that left
/// the group. Refused unless is_pid1().
Result<void> signal_all_others(int signal);

bool is_pid1();

/// Whether a thread of the process sleeps in the kernel where not even KILL reaches it (state D):
/// for a disk, as a rule. False when it is gone.
bool waits_for_disk(int pid);

/// Whether that process runs no code any more: it is gone, a zombie, or KILL is on its way to it.
/// It may still hold its files: one of its threads sleeps in the kernel. A process whose state
/// can't be read counts as one that runs.
bool has_ended(int pid);

}  // namespace unified::os
