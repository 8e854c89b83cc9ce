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
    case Phase::kDumping:
      return "hung";
    case Phase::kStopping:
      return "stopping";
    case Phase::kKilling:
      return "killing";
    case Phase::kBackoff:
      return "backoff";
    case Phase::kStopped:
      return "stopped";
    case Phase::kFinished:
      return "finished";
  }
  return "unknown";
}

bool has_child(Phase phase) {
  switch (phase) {
    case Phase::kStarting:
    case Phase::kRecovering:
    case Phase::kRunning:
    case Phase::kDumping:
    case Phase::kStopping:
    case Phase::kKilling:
      return true;
    case Phase::kIdle:
    case Phase::kBackoff:
    case Phase::kStopped:
    case Phase::kFinished:
      return false;
  }
  return false;
}

}  // namespace unified::supervise
