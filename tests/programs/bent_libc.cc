// Preloaded (LD_PRELOAD) into a program under test: calls that go wrong or slow when the
// environment says so. For what no test can do to the real system: turn the wall clock, run out of
// processes at a chosen moment.
//
//   BEND_CLOCK=FILE     the wall clock is off by as many seconds as the file says (none: 0); the
//                       monotonic clocks are right
//   BEND_FORK=FILE      fork fails with EAGAIN as long as the file exists
//   BEND_SETPGID=MS     setpgid(0, 0), the child's own call, begins so much later
//   BEND_PRCTL=MS       prctl(PR_SET_PDEATHSIG) begins so much later
//   BEND_FSYNC=FILE     fsync of a file without a name does not end as long as the file exists
//   BEND_WATCH=FILE     inotify_add_watch fails with ENOSPC as long as the file exists
//   BEND_POLL=FILE      epoll_ctl, adding, fails with ENOSPC as long as the file exists
//   BEND_CONF=FILE      rename to a nats.conf fails with ENOSPC as long as the file exists
//   BEND_MEMINFO=FILE   what is opened as /proc/meminfo is that file
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string_view>

namespace {

template <typename Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

/// Two of that name are in glibc, and the older one waits for another kind of condition.
/// ThreadSanitizer has one without a version, which has to see that the mutex is let go.
void* new_timedwait() {
  if (::dlsym(RTLD_DEFAULT, "__tsan_init") != nullptr)
    return ::dlsym(RTLD_NEXT, "pthread_cond_timedwait");
  void* const found = ::dlvsym(RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2");
  return found != nullptr ? found : ::dlsym(RTLD_NEXT, "pthread_cond_timedwait");
}

time_t clock_shift() {
  const char* const path = std::getenv("BEND_CLOCK");
  if (path == nullptr)
    return 0;
  const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return 0;
  std::array<char, 32> text{};
  const ssize_t length = ::read(fd, text.data(), text.size() - 1);
  ::close(fd);
  return length > 0 ? std::strtol(text.data(), nullptr, 10) : 0;
}

/// A wait until a moment of the wall clock, put right for the kernel, which knows the true one.
/// Moments of the monotonic clock are small numbers.
timespec true_moment(const timespec& moment) {
  constexpr time_t kLongAfterBoot = 1'000'000'000;
  timespec result = moment;
  if (moment.tv_sec > kLongAfterBoot)
    result.tv_sec -= clock_shift();
  return result;
}

void wait_as_told(const char* variable) {
  const char* const text = std::getenv(variable);
  if (text == nullptr)
    return;
  const long milliseconds = std::strtol(text, nullptr, 10);
  const timespec rest{milliseconds / 1000, (milliseconds % 1000) * 1'000'000};
  ::nanosleep(&rest, nullptr);
}

/// Whether the file that the variable names exists; errno is then ENOSPC.
bool has_no_room(const char* variable) {
  const int error = errno;
  const char* const path = std::getenv(variable);
  const bool none = path != nullptr && ::access(path, F_OK) == 0;
  errno = none ? ENOSPC : error;
  return none;
}

const char* bent_path(const char* path) {
  const char* const other = std::getenv("BEND_MEMINFO");
  return other != nullptr && std::strcmp(path, "/proc/meminfo") == 0 ? other : path;
}

int open_bent(const char* path, int flags, mode_t mode) {
  return static_cast<int>(::syscall(SYS_openat, AT_FDCWD, bent_path(path), flags, mode));
}

/// Only then it is given.
bool has_mode(int flags) {
  return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  va_list list;
  va_start(list, flags);
  const mode_t mode = has_mode(flags) ? va_arg(list, mode_t) : 0;
  va_end(list);
  return open_bent(path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  va_list list;
  va_start(list, flags);
  const mode_t mode = has_mode(flags) ? va_arg(list, mode_t) : 0;
  va_end(list);
  return open_bent(path, flags | O_LARGEFILE, mode);
}

int clock_gettime(clockid_t clock, timespec* now) noexcept {
  const long result = ::syscall(SYS_clock_gettime, clock, now);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
    const int error = errno;
    now->tv_sec += clock_shift();
    errno = error;
  }
  return static_cast<int>(result);
}

time_t time(time_t* result) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (result != nullptr)
    *result = now.tv_sec;
  return now.tv_sec;
}

int gettimeofday(timeval* result, void* /*zone*/) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  *result = {.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000};
  return 0;
}

int pthread_cond_timedwait(pthread_cond_t* condition,
                           pthread_mutex_t* mutex,
                           const timespec* until) {
  const timespec moment = true_moment(*until);
  return reinterpret_cast<decltype(&pthread_cond_timedwait)>(new_timedwait())(condition, mutex,
                                                                              &moment);
}

int sem_timedwait(sem_t* semaphore, const timespec* until) {
  const timespec moment = true_moment(*until);
  return next<decltype(&sem_timedwait)>("sem_timedwait")(semaphore, &moment);
}

pid_t fork() noexcept {
  const char* const path = std::getenv("BEND_FORK");
  if (path != nullptr && ::access(path, F_OK) == 0) {
    errno = EAGAIN;
    return -1;
  }
  return next<decltype(&fork)>("fork")();
}

int fsync(int fd) {
  const char* const path = std::getenv("BEND_FSYNC");
  struct stat file{};
  if (path != nullptr && ::fstat(fd, &file) == 0 && file.st_nlink == 0)
    for (const timespec rest{0, 50'000'000}; ::access(path, F_OK) == 0;)
      ::nanosleep(&rest, nullptr);
  return static_cast<int>(::syscall(SYS_fsync, fd));
}

int inotify_add_watch(int fd, const char* path, uint32_t events) noexcept {
  if (has_no_room("BEND_WATCH"))
    return -1;
  return static_cast<int>(::syscall(SYS_inotify_add_watch, fd, path, events));
}

int epoll_ctl(int epoll, int operation, int fd, epoll_event* event) noexcept {
  if (operation == EPOLL_CTL_ADD && has_no_room("BEND_POLL"))
    return -1;
  return static_cast<int>(::syscall(SYS_epoll_ctl, epoll, operation, fd, event));
}

int rename(const char* from, const char* to) noexcept {
  if (std::string_view{to}.ends_with("/nats.conf") && has_no_room("BEND_CONF"))
    return -1;
  return static_cast<int>(::syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to));
}

int setpgid(pid_t pid, pid_t group) noexcept {
  if (pid == 0)
    wait_as_told("BEND_SETPGID");
  return static_cast<int>(::syscall(SYS_setpgid, pid, group));
}

int prctl(int option, ...) noexcept {
  std::array<unsigned long, 4> values{};
  va_list list;
  va_start(list, option);
  for (unsigned long& value : values)
    value = va_arg(list, unsigned long);
  va_end(list);
  if (option == PR_SET_PDEATHSIG)
    wait_as_told("BEND_PRCTL");
  return static_cast<int>(::syscall(SYS_prctl, option, values[0], values[1], values[2], values[3]));
}

}  // extern "C"
