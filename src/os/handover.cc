#include "os/handover.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

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
  std::vector<std::string> numbers = split_list(text);
  if (numbers.size() < 2)
    return {};
  numbers.resize(3);  // an older version of us hands no third one over
  Handover kept{adopt(numbers[0]), adopt(numbers[1]), adopt(numbers[2])};
  for (UniqueFd* lock : {&kept.lock, &kept.conf})
    if (*lock && !is_file(lock->get()))
      *lock = {};
  if (kept.control && !is_listening(kept.control.get()))
    kept.control = {};
  return kept;
}

}  // namespace unified::os
