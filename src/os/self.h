#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "os/handover.h"

namespace unified::os {

/// Our own program file; /proc/self/exe when the name it was started by is gone.
std::string own_program();

/// The command line that we were started with; empty if it can't be read.
std::vector<std::string> own_arguments();

/// Whether a process of that number exists, whoever's.
bool process_exists(int pid);

/// Executes our program once more in this process: same pid, arguments, environment and working
/// directory. Every descriptor but the standard streams and `keep` is closed, blocked signals stay
/// blocked and pending ones are kept. Returns only if it failed.
Error execute_again(const Handover& keep);

}  // namespace unified::os
