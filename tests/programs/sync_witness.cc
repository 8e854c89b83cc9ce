// Preloaded (LD_PRELOAD) into a program under test: tells what it has synced, and lets that fail or
// hang.
//
//   SYNC_WITNESS=FILE   the path of every file and folder whose fsync has succeeded is appended to
//                       it, one a line
//   SYNC_FAILS=FILE     fsync of what lies below a folder `streams` fails with EIO as long as the
//                       file exists
//   SYNC_HANGS=FILE     the same hangs as long as the file exists
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace {

bool is_set_and_there(const char* variable) {
  const char* const path = std::getenv(variable);
  return path != nullptr && ::access(path, F_OK) == 0;
}

void wait_while_there(const char* variable) {
  constexpr timespec kRest{0, 10'000'000};
  while (is_set_and_there(variable))
    ::nanosleep(&kRest, nullptr);
}

/// One write for one line: another process of the program may write, too.
void append_line(char* text, std::size_t length) {
  const char* const path = std::getenv("SYNC_WITNESS");
  const int fd =
      path == nullptr ? -1 : ::open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0)
    return;
  text[length] = '\n';
  [[maybe_unused]] const ssize_t written = ::write(fd, text, length + 1);
  ::close(fd);
}

}  // namespace

extern "C" int fsync(int fd) {
  std::array<char, 32> link{"/proc/self/fd/"};
  std::size_t end = std::strlen(link.data());
  std::array<char, 12> digits{};
  std::size_t count = 0;
  for (int number = fd; count == 0 || number > 0; number /= 10)
    digits.at(count++) = static_cast<char>('0' + number % 10);
  while (count > 0)
    link.at(end++) = digits.at(--count);
  std::array<char, 4097> path{};
  const ssize_t length = ::readlink(link.data(), path.data(), path.size() - 2);
  const bool of_a_stream = length > 0 && std::strstr(path.data(), "/streams/") != nullptr;
  if (of_a_stream)
    wait_while_there("SYNC_HANGS");
  if (of_a_stream && is_set_and_there("SYNC_FAILS")) {
    errno = EIO;
    return -1;
  }
  const long result = ::syscall(SYS_fsync, fd);
  if (result == 0 && length > 0)
    append_line(path.data(), static_cast<std::size_t>(length));
  return static_cast<int>(result);
}
