#include "os/wait_for_children.h"

#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <ctime>

#include "os/reaper.h"

namespace unified::os {
namespace {

/// waitid says ECHILD when nobody is left.
bool has_children() {
  siginfo_t info{};
  return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
}

}  // namespace

bool wait_for_no_children(std::chrono::milliseconds timeout) {
  sigset_t child_signal;
  sigemptyset(&child_signal);
  sigaddset(&child_signal, SIGCHLD);
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  while (true) {
    while (reap_all({}).more) {
    }
    if (!has_children())
      return true;
    const auto left = deadline - std::chrono::steady_clock::now();
    if (left <= std::chrono::nanoseconds::zero())
      return false;
    // SIGCHLD coalesces, so look again now and then even without one.
    const timespec wait{0, std::min<long>(20'000'000, left.count())};
    ::sigtimedwait(&child_signal, nullptr, &wait);
  }
}

}  // namespace unified::os
