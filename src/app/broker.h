#pragma once

#include <string>
#include <vector>

#include "app/preparation.h"
#include "os/environ.h"

namespace unified::app {

/// Runs the broker to its end: takes the locks, renders nats.conf, starts and supervises
/// nats-server, provisions the streams, answers on the control socket, stops when asked. Returns
/// our exit code (DESIGN.md, "Exit codes"). All signals must be blocked already
/// (os::block_all_signals). `server_arguments` go to nats-server as they are.
int run_broker(Preparation preparation,
               const os::Environment& environment,
               const std::vector<std::string>& server_arguments);

}  // namespace unified::app
