#include "os/signals.h"

#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

namespace unified::os {

sigset_t all_but_fault_signals() {
  sigset_t signals;
  ::sigfillset(&signals);
  for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS})
    ::sigdelset(&signals, fault);
  return signals;
}

sigset_t block_all_signals() {
  const sigset_t signals = all_but_fault_signals();
  sigset_t before;
  ::sigemptyset(&before);
  ::pthread_sigmask(SIG_BLOCK, &signals, &before);  // fails only for a wrong first argument
  return before;
}

Result<UniqueFd> make_signal_fd(const sigset_t& signals) {
  UniqueFd fd{::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK)};
  if (!fd)
    return system_error("cannot make a signal fd", errno);
  return fd;
}

std::optional<ReceivedSignal> read_signal(int signal_fd) {
  signalfd_siginfo info{};
  ssize_t got = 0;
  do
    got = ::read(signal_fd, &info, sizeof info);
  while (got < 0 && errno == EINTR);
  if (got != static_cast<ssize_t>(sizeof info))
    return std::nullopt;
  return ReceivedSignal{.signal = static_cast<int>(info.ssi_signo),
                        .sender_pid = static_cast<int>(info.ssi_pid)};
}

std::optional<int> wait_for_stop(std::chrono::milliseconds time) {
  sigset_t stops;
  ::sigemptyset(&stops);
  for (const int signal : {SIGTERM, SIGINT, SIGQUIT, SIGUSR2})
    ::sigaddset(&stops, signal);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const timespec limit{.tv_sec = seconds.count(),
                       .tv_nsec = std::chrono::nanoseconds{time - seconds}.count()};
  const int signal = ::sigtimedwait(&stops, nullptr, &limit);
  return signal > 0 ? std::optional{signal} : std::nullopt;
}

std::string signal_name(int signal) {
  const char* const name = ::sigabbrev_np(signal);
  return name != nullptr ? fmt::format("SIG{}", name) : fmt::format("signal {}", signal);
}

void ignore_sigpipe() {
  struct sigaction action{};
  action.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &action, nullptr);
}

Result<void> become_subreaper() {
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1) != 0)
    return system_error("cannot become a subreaper", errno);
  return {};
}

}  // namespace unified::os
