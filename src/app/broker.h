#pragma once

#include <string>
#include <vector>

#include "app/preparation.h"
#include "app/reloader.h"
#include "os/environ.h"
#include "os/handover.h"

namespace unified::app {

struct BrokerOptions {
  os::Environment environment;
  std::vector<std::string> server_arguments;  ///< go to nats-server as they are
  ReadAgain read_again;                       ///< for reload and restart
  std::vector<std::string> env_files;         ///< where settings are read from, once they exist
  os::Handover kept;                          ///< of the life before a restart
};

/// How it ended.
struct BrokerEnd {
  int exit_code = 0;
  bool again = false;  ///< a restart was asked for: this program is to be executed anew
  os::Handover keep;   ///< over that
};

/// Runs the broker to its end: takes the locks, renders nats.conf, starts and supervises
/// nats-server, provisions the streams, answers on the control socket, stops when asked. Returns
/// our exit code (DESIGN.md, "Exit codes"). All signals must be blocked already
/// (os::block_all_signals).
BrokerEnd run_broker(Preparation preparation, BrokerOptions options);

}  // namespace unified::app
