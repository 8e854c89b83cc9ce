#pragma once

// What may run between fork and exec: only async-signal-safe calls, no allocation, no lock.

#include <sys/types.h>

#include <span>

namespace unified::os {

/// Everything the child needs, prepared before the fork. All descriptors are 3 or above.
struct ExecPlan {
  const char* program = nullptr;
  char* const* argv = nullptr;
  char* const* envp = nullptr;
  pid_t parent = 0;
  int working_directory = -1;
  int stdin_fd = -1;
  int stdout_fd = -1;
  int stderr_fd = -1;
  int exec_error = -1;                  ///< gets errno as an int when a step fails
  const char* oom_score_adj = nullptr;  ///< as text; none: it stays
  int nice = 0;
  std::span<const int> inherited_fds;
  unsigned alarm_seconds = 0;  ///< the kernel ends the program after that long; 0: it never does
};

/// Becomes the program, or reports why not and ends with 127 (no such file) or 126.
[[noreturn]] void exec_child(const ExecPlan& plan);

}  // namespace unified::os
