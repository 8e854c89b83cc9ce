#include "os/process.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>

#include <fmt/format.h>

#include "os/file_text.h"

namespace unified::os {

Result<void> send_signal(const Child& child, int signal) {
  const std::string operation = fmt::format("cannot send signal {} to pid {}", signal, child.pid);
  if (child.pid <= 1)
    return Error{operation + ": not a child"};
  if (child.pidfd) {
    if (::syscall(SYS_pidfd_send_signal, child.pidfd.get(), signal, nullptr, 0U) == 0)
      return {};
    if (errno == ESRCH)
      return system_error(operation, ESRCH);
  }
  if (::kill(child.pid, signal) != 0)
    return system_error(operation, errno);
  return {};
}

Result<void> kill_group(int pid) {
  const std::string operation = fmt::format("cannot kill the process group of pid {}", pid);
  if (pid <= 1)  // -1 would be everybody, 0 our own group
    return Error{operation + ": not a child"};
  if (::kill(-pid, SIGKILL) == 0)
    return {};
  if (errno != ESRCH || ::kill(pid, SIGKILL) != 0)
    return system_error(operation, errno);
  return {};
}

Result<void> signal_all_others(int signal) {
  if (!is_pid1())
    return Error{"cannot signal all processes: we are not PID 1"};
  if (::kill(-1, signal) != 0 && errno != ESRCH)
    return system_error("cannot signal all processes", errno);
  return {};
}

bool is_pid1() {
  return ::getpid() == 1;
}

bool waits_for_disk(int pid) {
  std::error_code error;
  std::filesystem::directory_iterator threads{fmt::format("/proc/{}/task", pid), error};
  for (; !error && threads != std::filesystem::directory_iterator{}; threads.increment(error)) {
    const auto stat = read_text_file((threads->path() / "stat").string());
    // "1234 (name) S …", and the name may hold anything.
    const std::size_t end = stat ? stat->rfind(')') : std::string::npos;
    if (end != std::string::npos && stat->compare(end, 3, ") D") == 0)
      return true;
  }
  return false;
}

}  // namespace unified::os
