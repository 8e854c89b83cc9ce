#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "cli/app.h"
#include "cli/old_names.h"
#include "os/signals.h"
#include "os/standard_streams.h"

namespace {

/// Whether this is a command that ends by itself and keeps the usual signals; all else is `run`, by
/// name or by default.
bool is_one_shot(int argc, char** argv) {
  if (unified::cli::translate_old_names({argv, argv + argc}).ends_by_itself)
    return true;
  return std::any_of(argv + 1, argv + argc, unified::cli::ends_by_itself);
}

}  // namespace

int main(int argc, char** argv) {
  // First of all: until a signal has a reader it must stay pending. The kernel throws away what PID
  // 1 neither handles nor blocks, so a stop during the start would be lost.
  const sigset_t before = unified::os::block_all_signals();
  (void)unified::os::ensure_standard_streams();
  if (is_one_shot(argc, argv))
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  const int exit_code = unified::cli::run(argc, argv);
  // Not return: a thread of ours may wait for a server or a reader that never answers, and must not
  // keep us.
  // Nor may the log file, whose writer may hold its lock.
  (void)::fflush(stdout);
  (void)::fflush(stderr);
#ifdef UNIFIED_COVERAGE
  std::exit(exit_code);  // where the counts are written
#else
  ::_exit(exit_code);
#endif
}
