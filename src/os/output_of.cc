#include "os/output_of.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "config/variables.h"
#include "os/environ.h"
#include "os/pipe.h"
#include "os/unique_fd.h"

namespace unified::os {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kLimit = 64 * 1024UL;

/// Owns the two spawn structures. Their functions fail only for lack of memory, and for bad
/// arguments, which these are not.
class SpawnSetup {
 public:
  explicit SpawnSetup(int output) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions_, output, STDERR_FILENO);
    posix_spawnattr_init(&attributes_);
    sigset_t signals{};
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&attributes_, &signals);
    sigfillset(&signals);
    posix_spawnattr_setsigdefault(&attributes_, &signals);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~SpawnSetup() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnSetup(const SpawnSetup&) = delete;
  SpawnSetup& operator=(const SpawnSetup&) = delete;

  [[nodiscard]] const posix_spawn_file_actions_t* actions() const { return &actions_; }
  [[nodiscard]] const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

Result<pid_t> start(const std::vector<std::string>& arguments, int output) {
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (const std::string& argument : arguments)
    argv.push_back(
        const_cast<char*>(argument.c_str()));  // NOLINT(*-const-cast): execve writes nothing
  argv.push_back(nullptr);
  // A server that is only asked something has no business with our secrets.
  const Environment all = environment_snapshot();
  std::vector<std::string> secret;
  for (const auto& [name, text] : all)
    if (const config::Variable* variable = config::find_variable(name);
        variable != nullptr && variable->hidden())
      secret.push_back(name);
  std::vector<std::string> environment = child_environment(all, secret);
  std::vector<char*> envp;
  envp.reserve(environment.size() + 1);
  for (std::string& entry : environment)
    envp.push_back(entry.data());
  envp.push_back(nullptr);
  const SpawnSetup setup{output};
  pid_t pid = -1;
  const int failed =
      ::posix_spawn(&pid, argv[0], setup.actions(), setup.attributes(), argv.data(), envp.data());
  if (failed != 0)
    return system_error("cannot execute " + arguments[0], failed);
  return pid;
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

/// By its descriptor: inside the supervisor the reaper may have been first, and the number may be
/// another process's by now.
void end(pid_t pid, const UniqueFd& pidfd) {
  if (pidfd)
    (void)::syscall(SYS_pidfd_send_signal, pidfd.get(), SIGKILL, nullptr, 0);
  else
    ::kill(pid, SIGKILL);
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace

Result<std::string> output_of(const std::vector<std::string>& arguments,
                              std::chrono::milliseconds deadline) {
  const Clock::time_point until = Clock::now() + deadline;
  auto pipe = make_pipe();
  if (!pipe)
    return pipe.error();
  const auto pid = start(arguments, pipe->write.get());
  if (!pid)
    return pid.error();
  const UniqueFd pidfd{static_cast<int>(::syscall(SYS_pidfd_open, *pid, 0U))};
  pipe->write.reset();
  std::string text = read_until(pipe->read.get(), until);
  const bool late = Clock::now() >= until;
  end(*pid, pidfd);
  if (text.empty() && late)
    return Error{"cannot run " + arguments[0] + ": no answer in time"};
  return text;
}

}  // namespace unified::os
