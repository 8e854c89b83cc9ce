#pragma once

#include <optional>
#include <string>

#include "supervise/lifecycle.h"

namespace unified::supervise {

/// Something that the black box keeps.
struct Incident {
  enum class Kind {
    kCrash,         ///< ended unasked after it was ready
    kFailedStart,   ///< ended unasked before it was ready
    kHung,          ///< the watchdog's judgement, and the end of that incarnation
    kCannotStart,   ///< not even a process
    kUnkillable,    ///< survives SIGKILL
    kStoreRefuses,  ///< its store takes no writes; it runs on (never from incident_of())
    kRefused        ///< we did not start it: store, configuration (never from incident_of())
  };
  Kind kind = Kind::kCrash;
  std::uint64_t incarnation = 0;
  int pid = 0;
  bool was_ready = false;
  std::optional<Duration> ready_for;
  std::optional<ExitStatus> exit;
  int spawn_error = 0;  ///< errno, with kCannotStart
  std::uint64_t restarts = 0;
  std::optional<int> gave_up_with;  ///< our exit code: it is not started again
};
/// "crash", "failed_start", "hung", "cannot_start", "unkillable", "store_refuses_writes",
/// "refused".
std::string to_text(Incident::Kind kind);

/// Whether what next() made of `event` is an incident. An end that was asked for is none. Pure.
std::optional<Incident> incident_of(const Lifecycle& before,
                                    const Event& event,
                                    const Transition& after,
                                    TimePoint now);

}  // namespace unified::supervise
