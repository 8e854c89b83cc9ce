#include "os/pipe.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace unified::os {

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return system_error("cannot make a pipe", errno);
  return Pipe{.read = UniqueFd{ends[0]}, .write = UniqueFd{ends[1]}};
}

void widen_pipe(const UniqueFd& end, std::size_t bytes) {
  static_cast<void>(::fcntl(end.get(), F_SETPIPE_SZ, static_cast<int>(bytes)));
}

}  // namespace unified::os
