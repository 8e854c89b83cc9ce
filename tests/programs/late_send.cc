// Preloaded (LD_PRELOAD) into a program under test: what it sends over a socket is late when it
// contains a text. Widens the window before a chosen request of a NATS client.
//
//   LATE_SEND_TEXT=TEXT   which ("STREAM.DELETE.S"): one that has it
//   LATE_SEND_AFTER=N     not the first N of them; only the next one is late
//   LATE_SEND_MS=MS       how late
//   LATE_SEND_FILE=FILE   made when the wait begins: the window is open
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace {

bool is_late(const void* data, std::size_t size) {
  const char* const text = std::getenv("LATE_SEND_TEXT");
  return text != nullptr && ::memmem(data, size, text, std::strlen(text)) != nullptr;
}

long number_in(const char* variable) {
  const char* const text = std::getenv(variable);
  return text == nullptr ? 0 : std::strtol(text, nullptr, 10);
}

void wait_once() {
  static std::atomic<long> seen = 0;
  if (seen++ != number_in("LATE_SEND_AFTER"))
    return;
  if (const char* const file = std::getenv("LATE_SEND_FILE"))
    ::close(::open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  const long milliseconds = number_in("LATE_SEND_MS");
  timespec rest{milliseconds / 1000, (milliseconds % 1000) * 1'000'000};
  while (::nanosleep(&rest, &rest) != 0) {
  }
}

}  // namespace

extern "C" {

ssize_t send(int fd, const void* data, std::size_t size, int flags) {
  if (is_late(data, size))
    wait_once();
  const auto real = reinterpret_cast<decltype(&send)>(::dlsym(RTLD_NEXT, "send"));
  return real(fd, data, size, flags);
}

}  // extern "C"
