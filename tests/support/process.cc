#include "support/process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "support/session_members.h"
#include "support/wait_until.h"

namespace unified::test {
namespace {

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (std::string& text : texts)
    list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

std::vector<std::string> environment_texts(Environment environment) {
  const char* const path = std::getenv("PATH");
  environment.try_emplace("PATH", path == nullptr ? "/usr/sbin:/usr/bin:/sbin:/bin" : path);
  if (const char* const options = std::getenv("TSAN_OPTIONS"); options != nullptr)
    environment.try_emplace("TSAN_OPTIONS", options);  // how the preset wants it, for all
  std::vector<std::string> texts;
  for (const auto& [name, value] : environment)
    texts.push_back(name + "=" + value);
  return texts;
}

// After fork: only async-signal-safe calls.
[[noreturn]] void become(char** command, char** environment, const char* directory, int output) {
  setsid();
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  const int input = open("/dev/null", O_RDONLY);
  if (dup2(input, STDIN_FILENO) >= 0 && dup2(output, STDOUT_FILENO) >= 0 &&
      dup2(output, STDERR_FILENO) >= 0 && (*directory == '\0' || chdir(directory) == 0))
    execvpe(command[0], command, environment);
  _exit(127);
}

}  // namespace

class Process::Impl {
 public:
  explicit Impl(const ProcessOptions& options) {
    std::array<int, 2> ends{};
    if (options.command.empty() || pipe2(ends.data(), O_CLOEXEC) != 0)
      throw std::runtime_error{"cannot start a process"};
    std::vector<std::string> command = options.command;
    std::vector<std::string> environment = environment_texts(options.environment);
    const std::vector<char*> arguments = pointers(command);
    const std::vector<char*> variables = pointers(environment);
    pid_ = fork();
    if (pid_ == 0)
      become(const_cast<char**>(arguments.data()), const_cast<char**>(variables.data()),
             options.directory.c_str(), ends[1]);
    close(ends[1]);
    pipe_ = ends[0];
    if (pid_ < 0) {
      close(pipe_);
      throw std::runtime_error{"cannot fork"};
    }
    pidfd_ = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
    stop_ = eventfd(0, EFD_CLOEXEC);
    reader_ = std::thread{[this] { read_output(); }};
  }
  Impl(const Impl&) = delete;
  Impl(Impl&&) = delete;
  Impl& operator=(const Impl&) = delete;
  Impl& operator=(Impl&&) = delete;

  ~Impl() {
    if (!status_)
      kill(pid_, SIGKILL);
    for (const SessionMember& member : session_members(pid_))
      if (member.pid != pid_)
        kill(member.pid, SIGKILL);
    wait(std::chrono::seconds{5});
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = write(stop_, &one, sizeof one);
    reader_.join();
    for (const int fd : {pipe_, pidfd_, stop_})
      close(fd);
  }

  std::optional<int> wait(std::chrono::milliseconds limit) {
    if (status_)
      return status_;
    pollfd ended{.fd = pidfd_, .events = POLLIN, .revents = 0};
    if (poll(&ended, 1, static_cast<int>(limit.count())) <= 0)
      return std::nullopt;
    int status = 0;
    if (waitpid(pid_, &status, 0) != pid_)
      return std::nullopt;
    status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    // What it wrote last may still be in the pipe; an orphan may hold the pipe open for ever.
    wait_until(std::chrono::milliseconds{300}, [this] {
      const std::scoped_lock lock{mutex_};
      return ended_;
    });
    return status_;
  }

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] bool reaped() const { return status_.has_value(); }
  [[nodiscard]] std::string output() const {
    const std::scoped_lock lock{mutex_};
    return output_;
  }

 private:
  void read_output() {
    std::array<char, 65536> buffer{};
    std::array<pollfd, 2> sources{pollfd{.fd = pipe_, .events = POLLIN, .revents = 0},
                                  pollfd{.fd = stop_, .events = POLLIN, .revents = 0}};
    while (poll(sources.data(), sources.size(), -1) >= 0 || errno == EINTR) {
      if (sources[1].revents != 0 && sources[0].revents == 0)
        return;
      const ssize_t length = read(pipe_, buffer.data(), buffer.size());
      const std::scoped_lock lock{mutex_};
      if (length <= 0) {
        ended_ = true;
        return;
      }
      output_.append(buffer.data(), static_cast<std::size_t>(length));
    }
  }

  pid_t pid_ = -1;
  int pipe_ = -1;
  int pidfd_ = -1;
  int stop_ = -1;
  std::optional<int> status_;
  std::thread reader_;
  mutable std::mutex mutex_;
  std::string output_;
  bool ended_ = false;
};

Process::Process(const ProcessOptions& options) : impl_(std::make_unique<Impl>(options)) {}
Process::~Process() = default;

pid_t Process::pid() const {
  return impl_->pid();
}

std::string Process::output() const {
  return impl_->output();
}

bool Process::wait_for_output(const std::string& text, std::chrono::milliseconds limit) const {
  return wait_until(limit, [&] { return output().find(text) != std::string::npos; });
}

void Process::send(int signal) const {
  if (!impl_->reaped())
    kill(impl_->pid(), signal);
}

std::optional<int> Process::wait(std::chrono::milliseconds limit) {
  return impl_->wait(limit);
}

bool Process::running() {
  return !wait(std::chrono::milliseconds{0});
}

std::vector<pid_t> Process::others() const {
  return others("");
}

std::vector<pid_t> Process::others(const std::string& name) const {
  std::vector<pid_t> pids;
  for (const SessionMember& member : session_members(pid()))
    if (member.pid != pid() && !member.zombie && (name.empty() || member.name == name))
      pids.push_back(member.pid);
  return pids;
}

std::size_t Process::zombies() const {
  const auto members = session_members(pid());
  return static_cast<std::size_t>(std::ranges::count_if(
      members, [&](const auto& member) { return member.zombie && member.pid != pid(); }));
}

std::size_t Process::resident_bytes() const {
  std::ifstream file{"/proc/" + std::to_string(pid()) + "/statm"};
  std::size_t total = 0;
  std::size_t resident = 0;
  file >> total >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

bool freeze(pid_t pid) {
  kill(pid, SIGSTOP);
  return wait_until(std::chrono::seconds{5}, [pid] { return is_frozen(pid); });
}

Finished run(const ProcessOptions& options, std::chrono::milliseconds limit) {
  Process process{options};
  const std::optional<int> status = process.wait(limit);
  return {.status = status.value_or(-1), .output = process.output()};
}

}  // namespace unified::test
