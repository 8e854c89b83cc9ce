#include "os/process.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "os/file_text.h"

namespace unified::os {
namespace {

/// Of the line "NAME:\tVALUE" of /proc/PID/status (proc(5)); empty: there is none.
std::string_view value_of(std::string_view status, std::string_view name) {
  const std::string line_begin = fmt::format("\n{}:\t", name);
  const std::size_t begin = status.find(line_begin);
  if (begin == std::string_view::npos)
    return {};
  const std::string_view rest = status.substr(begin + line_begin.size());
  return rest.substr(0, rest.find('\n'));
}

/// `mask`: of pending signals, in hexadecimal digits.
bool kill_is_pending(std::string_view mask) {
  constexpr std::uint64_t kKill = std::uint64_t{1} << (SIGKILL - 1);
  std::uint64_t pending = 0;
  std::from_chars(mask.data(), mask.data() + mask.size(), pending, 16);
  return (pending & kKill) != 0;
}

}  // namespace

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

bool has_ended(int pid) {
  if (::kill(pid, 0) != 0 && errno == ESRCH)
    return true;
  const auto status = read_text_file(fmt::format("/proc/{}/status", pid));
  if (!status)
    return false;
  const std::string_view state = value_of(*status, "State");
  return state.starts_with('Z') || state.starts_with('X') ||
         kill_is_pending(value_of(*status, "ShdPnd")) ||
         kill_is_pending(value_of(*status, "SigPnd"));
}

}  // namespace unified::os
