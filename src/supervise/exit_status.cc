#include "supervise/exit_status.h"

#include <sys/wait.h>

#include <csignal>
#include <cstring>

#include <fmt/format.h>

namespace unified::supervise {

ExitStatus ExitStatus::from_wait(int status) {
  if (WIFSIGNALED(status))
    return {0, WTERMSIG(status), WCOREDUMP(status) != 0};
  return {WEXITSTATUS(status), 0, false};
}

std::string ExitStatus::describe() const {
  if (!is_signaled())
    return fmt::format("exited with code {}", code_);
  const char* name = ::sigabbrev_np(signal_);
  return fmt::format("killed by signal {}{}{}", signal_,
                     name != nullptr ? fmt::format(" ({})", name) : "",
                     core_dumped_ ? " (core dumped)" : "");
}

}  // namespace unified::supervise
