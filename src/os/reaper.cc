#include "os/reaper.h"

#include <sys/wait.h>

#include <cerrno>

namespace unified::os {
namespace {

/// waitid(2) with EINTR settled: whether a child was found.
bool find_ended(idtype_t kind, id_t id, int options, siginfo_t& info) {
  info = {};
  int result = 0;
  do
    result = ::waitid(kind, id, &info, WEXITED | WNOHANG | options);
  while (result != 0 && errno == EINTR);
  return result == 0 && info.si_pid != 0;
}

supervise::ExitStatus exit_status(const siginfo_t& info) {
  if (info.si_code == CLD_EXITED)
    return supervise::ExitStatus::exited(info.si_status);
  return supervise::ExitStatus::signaled(info.si_status, info.si_code == CLD_DUMPED);
}

}  // namespace

ReapResult reap_all(const ReapCallbacks& callbacks, int limit) {
  ReapResult result;
  siginfo_t info{};
  while (result.reaped < limit && find_ended(P_ALL, 0, WNOWAIT, info)) {
    const int pid = info.si_pid;
    if (callbacks.before)
      callbacks.before(pid);
    ++result.reaped;
    if (!find_ended(P_PID, static_cast<id_t>(pid), 0, info))
      continue;  // somebody else waited for it
    if (callbacks.after)
      callbacks.after(pid, exit_status(info));
  }
  result.more = result.reaped >= limit;
  return result;
}

}  // namespace unified::os
