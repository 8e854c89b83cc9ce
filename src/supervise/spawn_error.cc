#include "supervise/spawn_error.h"

#include <cerrno>

#include "base/exit_code.h"

namespace unified::supervise {

std::optional<int> permanent_spawn_failure(int error_number) {
  switch (error_number) {
    case EAGAIN:
    case ENOMEM:
    case EMFILE:
    case ENFILE:
    case ETXTBSY:
      return std::nullopt;
    case ENOENT:
    case ENOTDIR:
      return kExitNotFound;
    default:
      return kExitNotExecutable;
  }
}

}  // namespace unified::supervise
