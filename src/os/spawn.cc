#include "os/spawn.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <span>

#include <fmt/format.h>

#include "os/exec_child.h"
#include "os/pipe.h"

namespace unified::os {
namespace {

constexpr int kFirstOwnFd = 3;

SpawnError spawn_error(const std::string& operation, int error_number) {
  return {.error_number = error_number, .message = system_error(operation, error_number).message};
}

/// A copy above the standard streams, so that wiring them in the child overwrites none that is
/// still needed.
Result<UniqueFd, SpawnError> copy_above_standard(int fd, const std::string& name) {
  UniqueFd copy{::fcntl(fd, F_DUPFD_CLOEXEC, kFirstOwnFd)};
  if (!copy)
    return spawn_error("cannot pass on " + name, errno);
  return copy;
}

Result<UniqueFd, SpawnError> open_above_standard(const std::string& path, int flags) {
  const UniqueFd fd{::open(path.c_str(), flags | O_CLOEXEC)};
  if (!fd)
    return spawn_error("cannot open " + path, errno);
  return copy_above_standard(fd.get(), path);
}

/// execve's form of a list of texts; valid as long as the texts.
std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (const std::string& text : texts)
    result.push_back(const_cast<char*>(
        text.c_str()));  // NOLINT(cppcoreguidelines-pro-type-const-cast): execve's type
  result.push_back(nullptr);
  return result;
}

/// Blocks all signals while it lives: a handler of ours must not run in the fork.
class AllSignalsBlocked {
 public:
  AllSignalsBlocked() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~AllSignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  AllSignalsBlocked(const AllSignalsBlocked&) = delete;
  AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;
  AllSignalsBlocked(AllSignalsBlocked&&) = delete;
  AllSignalsBlocked& operator=(AllSignalsBlocked&&) = delete;

 private:
  sigset_t before_{};
};

Result<Child, SpawnError> fork_and_exec(const ExecPlan& plan, UniqueFd exec_error) {
  const AllSignalsBlocked blocked;
  const pid_t pid = ::fork();
  if (pid < 0)
    return spawn_error("cannot fork", errno);
  if (pid == 0)
    exec_child(plan);
  // Here too, or a group signal sent now would find no group. EACCES: it executed already, after
  // its own call.
  ::setpgid(pid, pid);
  UniqueFd pidfd{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0U))};
  return Child{.pid = pid, .pidfd = std::move(pidfd), .exec_error = std::move(exec_error)};
}

}  // namespace

Result<Child, SpawnError> spawn(const SpawnRequest& request) {
  auto directory = open_above_standard(request.working_directory, O_PATH | O_DIRECTORY);
  if (!directory)
    return directory.error();
  auto null = open_above_standard("/dev/null", O_RDONLY);
  if (!null)
    return null.error();
  auto out = copy_above_standard(request.stdout_fd, "stdout");
  if (!out)
    return out.error();
  auto err = copy_above_standard(request.stderr_fd, "stderr");
  if (!err)
    return err.error();
  Result<Pipe> pipe = make_pipe();
  if (!pipe)
    return SpawnError{.error_number = EMFILE, .message = pipe.error().message};
  auto exec_error = copy_above_standard(pipe->write.get(), "a pipe");
  if (!exec_error)
    return exec_error.error();

  const std::string oom_score =
      request.oom_score_adj == 0 ? std::string{} : std::to_string(request.oom_score_adj);
  const std::vector<char*> argv = pointers(request.arguments);
  const std::vector<char*> envp = pointers(request.environment);
  const ExecPlan plan{.program = request.program.c_str(),
                      .argv = argv.data(),
                      .envp = envp.data(),
                      .parent = ::getpid(),
                      .working_directory = directory->get(),
                      .stdin_fd = null->get(),
                      .stdout_fd = out->get(),
                      .stderr_fd = err->get(),
                      .exec_error = exec_error->get(),
                      .oom_score_adj = oom_score.empty() ? nullptr : oom_score.c_str(),
                      .nice = request.nice,
                      .inherited_fds = request.inherited_fds};
  return fork_and_exec(plan, std::move(pipe->read));
}

int read_exec_error(int exec_error) {
  int error_number = 0;
  ssize_t got = 0;
  do
    got = ::read(exec_error, &error_number, sizeof error_number);
  while (got < 0 && errno == EINTR);
  return got == static_cast<ssize_t>(sizeof error_number) ? error_number : 0;
}

}  // namespace unified::os
