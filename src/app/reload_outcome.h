#pragma once

#include <string>
#include <vector>

#include "app/failure.h"

namespace unified::app {

/// How a reload ended.
struct ReloadOutcome {
  enum class Kind {
    kUnchanged,     ///< nothing to do, and nothing was done
    kApplied,       ///< the server confirmed it, the streams are in place or on their way
    kInPart,        ///< as kApplied, but the streams did not take all; `lines` name what
    kInvalid,       ///< the new configuration is wrong; nothing was touched
    kNeedsRestart,  ///< `lines` name what a running broker can't take; nothing was touched
    kRefused,       ///< nats-server kept its old configuration; its nats.conf was put back
    kNotNow,        ///< the server is not ready, or does not answer
  };
  Kind kind = Kind::kNotNow;
  std::vector<std::string> lines;  ///< for people
  /// Of the configuration that was read, those that were not there before: it may say something
  /// that has no effect (a misspelt name) although nothing else has changed.
  std::vector<std::string> warnings{};  // NOLINT(readability-redundant-member-init)
};
std::string to_text(ReloadOutcome::Kind kind);

/// The outcome of a reload whose configuration could not be read (it may be later), or is wrong.
ReloadOutcome outcome_of(const Failure& fault);

/// Whether the configuration that was read is the one that runs now.
bool is_in_force(ReloadOutcome::Kind kind);

}  // namespace unified::app
