#pragma once

#include <string>

#include "supervise/lifecycle.h"

namespace unified::supervise {

/// One look at a server that has been ready.
struct Pulse {
  /// Any answer came: of the monitor port, be it an error, or of JetStream.
  bool alive = false;
  bool jetstream_silent = false;   ///< a request was sent, and no answer came in its time
  bool jetstream_unknown = false;  ///< it could not be asked
  bool waits_for_disk = false;     ///< a thread of it can't even be killed right now
  Duration late{};                 ///< after it was due: then we were held up ourselves
};

struct WatchdogPolicy {
  int failures = 6;              ///< silent looks in a row that make it hung; 0: never
  bool judges_jetstream = true;  ///< not in a cluster, where it may wait for peers
};

struct WatchdogState {
  int http_silences = 0;
  int jetstream_silences = 0;
};

struct WatchdogStep {
  WatchdogState state;
  std::string hung;  ///< why; empty: it is not, or not yet
};

/// Whether the server is hung, for the lifecycle's FoundHung. Pure. A look that says nothing about
/// the server (we were late, it waits for its disk) changes nothing: such a server is not helped by
/// a kill. Never asked before the incarnation was ready once: a recovering store is not judged.
WatchdogStep judge(const WatchdogState& state, const Pulse& pulse, const WatchdogPolicy& policy);

}  // namespace unified::supervise
