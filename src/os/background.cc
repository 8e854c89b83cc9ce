#include "os/background.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>

#include "os/directories.h"
#include "os/unique_fd.h"

namespace unified::os {
namespace {

constexpr mode_t kLogMode = 0640;

/// Owns the two spawn structures; their functions fail only for lack of memory.
class Setup {
 public:
  explicit Setup(int output) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions_, output, STDERR_FILENO);
    posix_spawnattr_init(&attributes_);
    sigset_t none{};
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK);
  }
  ~Setup() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  Setup(const Setup&) = delete;
  Setup& operator=(const Setup&) = delete;

  [[nodiscard]] const posix_spawn_file_actions_t* actions() const { return &actions_; }
  [[nodiscard]] const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

}  // namespace

Result<int> start_in_background(const std::vector<std::string>& arguments, const std::string& log) {
  const std::string folder = std::filesystem::path{log}.parent_path().string();
  if (!folder.empty())
    if (const auto made = make_directories(folder); !made)
      return made.error();
  const UniqueFd output{
      ::open(log.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, kLogMode)};
  if (!output)
    return system_error("cannot open " + log, errno);
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (const std::string& argument : arguments)
    argv.push_back(
        const_cast<char*>(argument.c_str()));  // NOLINT(*-const-cast): execve writes nothing
  argv.push_back(nullptr);
  const Setup setup{output.get()};
  pid_t pid = -1;
  const int failed =
      ::posix_spawn(&pid, argv[0], setup.actions(), setup.attributes(), argv.data(), environ);
  if (failed != 0)
    return system_error("cannot execute " + arguments[0], failed);
  return pid;
}

std::optional<supervise::ExitStatus> ended(int pid) {
  int status = 0;
  if (::waitpid(pid, &status, WNOHANG) != pid)
    return std::nullopt;
  return WIFSIGNALED(status) ? supervise::ExitStatus::signaled(WTERMSIG(status))
                             : supervise::ExitStatus::exited(WEXITSTATUS(status));
}

}  // namespace unified::os
