#include "os/close_on_exec.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/resource.h>
#include <unistd.h>

namespace unified::os {
namespace {

constexpr int kFirstToClose = 3;
constexpr int kMostFds = 65536;  // bounds the slow way below

void close_on_exec_one_by_one() {
  rlimit limit{};
  int end = kMostFds;
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < static_cast<rlim_t>(kMostFds))
    end = static_cast<int>(limit.rlim_cur);
  for (int fd = kFirstToClose; fd < end; ++fd)
    ::fcntl(fd, F_SETFD, FD_CLOEXEC);
}

}  // namespace

void close_all_on_exec() {
  // Old kernels and seccomp filters refuse it.
  if (::close_range(kFirstToClose, ~0U, CLOSE_RANGE_CLOEXEC) != 0)
    close_on_exec_one_by_one();
}

}  // namespace unified::os
