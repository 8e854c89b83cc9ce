#include <cerrno>

#include <fmt/format.h>

#include "base/error.h"
#include "supervise/cause_words.h"

namespace unified::supervise {

Cause cause_of_spawn_error(const Evidence& evidence) {
  const int error = evidence.incident.spawn_error;
  Cause cause{CauseKind::kLimits, system_error("nats-server can't be started", error).message, "",
              "the kernel's answer"};
  switch (error) {
    case EAGAIN:
      cause.advice = "raise the limit of processes (docker --pids-limit, ulimit -u)";
      return cause;
    case ENOMEM:
      cause.kind = CauseKind::kOutOfMemory;
      cause.advice = "raise the container's memory limit";
      return cause;
    case EMFILE:
    case ENFILE:
      cause.advice = "raise the limit of open files (docker --ulimit nofile=65536)";
      return cause;
    case EIO:  // ours: nats.conf could not be written again
      cause.kind = CauseKind::kConfiguration;
      cause.text = "nats.conf could not be put in place before the start";
      cause.advice = "see the line above for the file and the reason";
      return cause;
    default:
      cause.kind = CauseKind::kExecutable;
      cause.advice =
          fmt::format("NATS_SERVER_BIN ({}) must be a program that this user can execute",
                      evidence.server_binary);
      return cause;
  }
}

}  // namespace unified::supervise
