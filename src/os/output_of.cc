#include "os/output_of.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include "config/variables.h"
#include "os/environ.h"
#include "os/exec_child.h"
#include "os/pipe.h"
#include "os/spawn.h"
#include "os/unique_fd.h"

namespace unified::os {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kLimit = 64 * 1024UL;

struct Started {
  UniqueFd pidfd;       ///< none before Linux 5.3
  UniqueFd exec_error;  ///< read_exec_error()
};

/// The child and its descriptor at once: a pid that is looked up afterwards may be another
/// process's.
Result<Started> fork_program(const ExecPlan& plan, UniqueFd exec_error) {
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);  // a handler of ours must not run in the fork
  int pidfd = -1;
  const long pid = ::syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, nullptr, &pidfd, nullptr, nullptr);
  const int error_number = errno;
  if (pid == 0)
    exec_child(plan);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0)
    return system_error("cannot fork", error_number);
  return Started{UniqueFd{pidfd}, std::move(exec_error)};
}

/// execve's form; valid as long as the texts.
std::vector<char*> argument_pointers(const std::vector<std::string>& texts) {
  std::vector<char*> all;
  all.reserve(texts.size() + 1);
  for (const std::string& text : texts)
    all.push_back(const_cast<char*>(text.c_str()));  // NOLINT(*-const-cast): it writes nothing
  all.push_back(nullptr);
  return all;
}

/// Ours, without secrets: a server that is only asked something has no business with them.
std::vector<std::string> environment_without_secrets() {
  const Environment all = environment_snapshot();
  std::vector<std::string> secret;
  for (const auto& [name, text] : all)
    if (const config::Variable* variable = config::find_variable(name);
        variable != nullptr && variable->hidden())
      secret.push_back(name);
  return child_environment(all, secret);
}

Result<Started> start(const std::vector<std::string>& arguments,
                      const UniqueFd& output,
                      std::chrono::milliseconds deadline) {
  const UniqueFd null{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
  const UniqueFd here{::open(".", O_PATH | O_DIRECTORY | O_CLOEXEC)};
  if (!null || !here)
    return system_error("cannot execute " + arguments[0], errno);
  auto exec_error = make_pipe();
  if (!exec_error)
    return exec_error.error();
  const std::vector<std::string> environment = environment_without_secrets();
  const std::vector<char*> argv = argument_pointers(arguments);
  const std::vector<char*> envp = argument_pointers(environment);
  const auto alarm = std::chrono::ceil<std::chrono::seconds>(deadline) + std::chrono::seconds{1};
  const ExecPlan plan{.program = argv[0],
                      .argv = argv.data(),
                      .envp = envp.data(),
                      .parent = ::getpid(),
                      .working_directory = here.get(),
                      .stdin_fd = null.get(),
                      .stdout_fd = output.get(),
                      .stderr_fd = output.get(),
                      .exec_error = exec_error->write.get(),
                      .inherited_fds = {},
                      .alarm_seconds = static_cast<unsigned>(alarm.count())};
  return fork_program(plan, std::move(exec_error->read));
}

/// Until the end of the output, the limit or the deadline.
std::string read_until(int fd, Clock::time_point deadline) {
  std::string text;
  std::array<char, 4096> buffer{};
  while (text.size() < kLimit) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd ready{.fd = fd, .events = POLLIN, .revents = 0};
    const int count = left > 0 ? ::poll(&ready, 1, static_cast<int>(left)) : 0;
    if (count < 0 && errno == EINTR)
      continue;
    if (count <= 0)
      break;
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got <= 0)
      break;
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return text;
}

/// By its descriptor only: inside the supervisor the reaper may have been first, and the number may
/// be another process's by now. Without one (before Linux 5.3) its alarm ends it.
void end(const Started& child) {
  if (!child.pidfd)
    return;
  (void)::syscall(SYS_pidfd_send_signal, child.pidfd.get(), SIGKILL, nullptr, 0);
  siginfo_t info{};
  while (::waitid(P_PIDFD, static_cast<id_t>(child.pidfd.get()), &info, WEXITED) != 0 &&
         errno == EINTR) {
  }
}

}  // namespace

Result<std::string> output_of(const std::vector<std::string>& arguments,
                              std::chrono::milliseconds deadline) {
  const Clock::time_point until = Clock::now() + deadline;
  auto pipe = make_pipe();
  if (!pipe)
    return pipe.error();
  const auto child = start(arguments, pipe->write, deadline);
  if (!child)
    return child.error();
  pipe->write.reset();
  if (const int failed = read_exec_error(child->exec_error.get()); failed != 0) {
    end(*child);
    return system_error("cannot execute " + arguments[0], failed);
  }
  std::string text = read_until(pipe->read.get(), until);
  const bool late = Clock::now() >= until;
  end(*child);
  if (text.empty() && late)
    return Error{"cannot run " + arguments[0] + ": no answer in time", ETIMEDOUT};
  return text;
}

}  // namespace unified::os
