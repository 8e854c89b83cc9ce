#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <string_view>

#include "cli/app.h"
#include "os/signals.h"
#include "os/standard_streams.h"

namespace {

/// `run`, by name or by default: the only command that lives with blocked signals.
bool runs_the_broker(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument{argv[i]};
    if (argument == "run" || argument == "--")
      return true;
    if (!argument.starts_with('-'))
      return false;
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  // First of all: until a signal has a reader it must stay pending. The kernel throws away what PID
  // 1 neither handles nor blocks, so a stop during the start would be lost.
  const sigset_t before = unified::os::block_all_signals();
  (void)unified::os::ensure_standard_streams();
  if (!runs_the_broker(argc, argv))
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
  const int exit_code = unified::cli::run(argc, argv);
  // Not return: a thread of ours may wait for a server or a reader that never answers, and must not
  // keep us.
  ::fflush(nullptr);
  ::_exit(exit_code);
}
