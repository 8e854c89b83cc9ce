#include "os/handover.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cstdlib>
#include <optional>
#include <string>

#include "base/parse.h"
#include "os/handover_note.h"

namespace unified::os {
namespace {

/// A number out of the environment is anybody's: only a descriptor beyond the standard streams that
/// is open is taken.
UniqueFd adopt(const std::string& text) {
  const auto number = parse_int(text);
  if (!number || *number <= STDERR_FILENO)
    return UniqueFd{};
  const int fd = static_cast<int>(*number);
  if (::fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
    return UniqueFd{};
  return UniqueFd{fd};
}

bool is_listening(int fd) {
  int listening = 0;
  socklen_t size = sizeof(listening);
  return ::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 && listening == 1;
}

bool is_file(int fd) {
  struct stat info{};
  return ::fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
}

}  // namespace

Handover take_handover() {
  const char* const note =
      ::getenv(kHandoverNote);  // NOLINT(concurrency-mt-unsafe): no threads yet
  if (note == nullptr)
    return {};
  const std::string text{note};
  ::unsetenv(kHandoverNote);  // NOLINT(concurrency-mt-unsafe)
  const std::size_t comma = text.find(',');
  if (comma == std::string::npos)
    return {};
  Handover kept{adopt(text.substr(0, comma)), adopt(text.substr(comma + 1))};
  if (kept.lock && !is_file(kept.lock.get()))
    kept.lock = {};
  if (kept.control && !is_listening(kept.control.get()))
    kept.control = {};
  return kept;
}

}  // namespace unified::os
