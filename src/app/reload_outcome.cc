#include "app/reload_outcome.h"

namespace unified::app {

std::string to_text(ReloadOutcome::Kind kind) {
  switch (kind) {
    case ReloadOutcome::Kind::kUnchanged:
      return "unchanged";
    case ReloadOutcome::Kind::kApplied:
      return "applied";
    case ReloadOutcome::Kind::kInPart:
      return "applied-in-part";
    case ReloadOutcome::Kind::kInvalid:
      return "invalid";
    case ReloadOutcome::Kind::kNeedsRestart:
      return "needs-restart";
    case ReloadOutcome::Kind::kRefused:
      return "refused";
    case ReloadOutcome::Kind::kNotNow:
      break;
  }
  return "not-now";
}

ReloadOutcome outcome_of(const Failure& fault) {
  const bool passes = fault.exit_code == kExitRestartsSpent;
  return {passes ? ReloadOutcome::Kind::kNotNow : ReloadOutcome::Kind::kInvalid, fault.lines};
}

bool is_in_force(ReloadOutcome::Kind kind) {
  using Kind = ReloadOutcome::Kind;
  return kind == Kind::kUnchanged || kind == Kind::kApplied || kind == Kind::kInPart;
}

}  // namespace unified::app
