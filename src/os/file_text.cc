#include "os/file_text.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include <fmt/format.h>

#include "os/presence.h"
#include "os/unique_fd.h"

namespace unified::os {
namespace {

constexpr int kPipePatienceMs = 2000;

/// Whether there is something to read, or its end, within the time.
bool readable(int fd) {
  pollfd watched{.fd = fd, .events = POLLIN, .revents = 0};
  return ::poll(&watched, 1, kPipePatienceMs) > 0;
}

}  // namespace

Result<std::string> read_text_file(const std::string& path, std::size_t limit) {
  // A pipe without a writer would hold us for ever, already in open().
  const UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (!fd) {
    const int error_number = errno;
    Error error = system_error("cannot open " + path, error_number);
    error.message += access_hint(path, error_number);
    return error;
  }
  struct stat info{};
  const bool waits =
      ::fstat(fd.get(), &info) == 0 && (S_ISFIFO(info.st_mode) || S_ISCHR(info.st_mode));
  std::string text;
  std::array<char, 16384> buffer{};
  for (;;) {
    if (waits && !readable(fd.get()))
      return Error{fmt::format("cannot read {}: nobody writes to it", path)};
    const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return system_error("cannot read " + path, errno);
    if (got == 0)
      return text;
    text.append(buffer.data(), static_cast<std::size_t>(got));
    if (text.size() > limit)
      return Error{fmt::format("cannot read {}: longer than {} bytes", path, limit)};
  }
}

}  // namespace unified::os
