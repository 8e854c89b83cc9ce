#include "os/exec_child.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/exit_code.h"
#include "os/close_on_exec.h"

namespace unified::os {
namespace {

[[noreturn]] void fail(const ExecPlan& plan, int error_number) {
  // The pipe is empty and takes an int; should it fail all the same, the exit code still tells.
  [[maybe_unused]] const ssize_t written =
      ::write(plan.exec_error, &error_number, sizeof error_number);
  ::_exit(error_number == ENOENT || error_number == ENOTDIR ? kExitNotFound : kExitNotExecutable);
}

/// Ignored signals and handlers would otherwise outlive the exec or run in the fork.
void reset_dispositions() {
  struct sigaction action{};
  action.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal)
    ::sigaction(signal, &action, nullptr);  // KILL, STOP and libc's own can't be changed: no matter
}

void limit_descriptors(const ExecPlan& plan) {
  close_all_on_exec();
  for (const int fd : plan.inherited_fds)
    if (::fcntl(fd, F_SETFD, 0) != 0)
      fail(plan, errno);
}

void wire_standard_streams(const ExecPlan& plan) {
  if (::dup2(plan.stdin_fd, STDIN_FILENO) < 0 || ::dup2(plan.stdout_fd, STDOUT_FILENO) < 0 ||
      ::dup2(plan.stderr_fd, STDERR_FILENO) < 0)
    fail(plan, errno);
}

/// Both are there to spare others: a kernel that refuses them starts the child all the same.
void stand_back(const ExecPlan& plan) {
  if (plan.oom_score_adj != nullptr) {
    const int fd = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (fd >= 0) {
      [[maybe_unused]] const ssize_t written =
          ::write(fd, plan.oom_score_adj, std::strlen(plan.oom_score_adj));
      ::close(fd);
    }
  }
  if (plan.nice != 0)
    (void)::setpriority(PRIO_PROCESS, 0, plan.nice);
}

}  // namespace

void exec_child(const ExecPlan& plan) {
  ::setpgid(0, 0);  // the parent does the same: whoever comes first
  wire_standard_streams(plan);
  if (::fchdir(plan.working_directory) != 0)
    fail(plan, errno);
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
    fail(plan, errno);
  // A parent that died before the line above sends nothing any more.
  if (::getppid() != plan.parent)
    ::_exit(kExitNotExecutable);
  reset_dispositions();
  ::alarm(plan.alarm_seconds);  // outlives execve(2)
  stand_back(plan);
  limit_descriptors(plan);
  sigset_t none;
  ::sigemptyset(&none);
  // Last: from here on a signal ends the child by its default action. The fork has one thread.
  ::sigprocmask(SIG_SETMASK, &none, nullptr);  // NOLINT(concurrency-mt-unsafe)
  ::execve(plan.program, plan.argv, plan.envp);
  fail(plan, errno);
}

}  // namespace unified::os
