#pragma once

namespace unified::app {

/// As PID 1, before leaving: TERM to everything that is still in the container, up to 500 ms for it
/// to go, then KILL. Does nothing elsewhere.
void sweep_namespace();

}  // namespace unified::app
