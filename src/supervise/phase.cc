#include "supervise/lifecycle.h"

namespace unified::supervise {

std::string to_text(Phase phase) {
  switch (phase) {
    case Phase::kIdle:
      return "idle";
    case Phase::kStarting:
      return "starting";
    case Phase::kRecovering:
      return "recovering";
    case Phase::kRunning:
      return "running";
    case Phase::kStopping:
      return "stopping";
    case Phase::kKilling:
      return "killing";
    case Phase::kBackoff:
      return "backoff";
    case Phase::kFinished:
      return "finished";
  }
  return "unknown";
}

}  // namespace unified::supervise
