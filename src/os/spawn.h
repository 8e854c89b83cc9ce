#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "os/unique_fd.h"

namespace unified::os {

/// A program to start and all it may see of us. stdin is /dev/null.
struct SpawnRequest {
  // The {} let a caller name only some fields (g++'s -Wmissing-field-initializers).
  // NOLINTBEGIN(readability-redundant-member-init)
  std::string program{};                   ///< a path; PATH is not searched
  std::vector<std::string> arguments{};    ///< with argv[0]
  std::vector<std::string> environment{};  ///< "NAME=value"; nothing is inherited
  std::string working_directory = "/";
  int stdout_fd = 1;  ///< borrowed
  int stderr_fd = 2;  ///< borrowed
  /// Added to how likely the kernel kills it when memory is short, and to its niceness, as far as
  /// the kernel lets us: both may be raised by anybody.
  int oom_score_adj = 0;
  int nice = 0;
  std::vector<int> inherited_fds{};  ///< borrowed, 3 or above: open in the child under the same
                                     ///< numbers; all others closed
  // NOLINTEND(readability-redundant-member-init)
};

/// A child of ours that is not reaped yet. Does not end it when destroyed.
struct Child {
  int pid = 0;     ///< also its process group
  UniqueFd pidfd;  ///< readable once it ended; none where the kernel has no pidfd (SIGCHLD tells as
                   ///< well)
  UniqueFd exec_error;  ///< end of file: execve succeeded; else an int comes: its errno, and the
                        ///< child ends with 126/127
};

struct SpawnError {
  int error_number = 0;  ///< for supervise::SpawnFailed
  std::string message;
};

/// Forks and executes: own process group, no signal blocked or ignored, killed by the kernel when
/// the calling *thread* ends (so call it from the thread that lives as long as the process). An
/// error means that there is no child.
Result<Child, SpawnError> spawn(const SpawnRequest& request);

/// Waits for execve's outcome: 0 or its errno. At once when `exec_error` is readable.
int read_exec_error(int exec_error);

}  // namespace unified::os
