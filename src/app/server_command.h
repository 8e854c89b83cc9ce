#pragma once

#include <string>
#include <vector>

#include "config/settings.h"
#include "os/environ.h"
#include "os/spawn.h"
#include "supervise/lifecycle.h"

namespace unified::app {

/// What nats-server gets beside its configuration.
struct ServerCommand {
  std::vector<std::string> extra_arguments;
  std::vector<std::string> environment;
};

/// nats-server sees our environment without our settings: they are in nats.conf, and secrets have
/// no business there.
ServerCommand server_command(const os::Environment& environment,
                             const std::vector<std::string>& server_arguments);

/// `BINARY -c CONF …`, from the root directory.
os::SpawnRequest spawn_request(const ServerCommand& command,
                               const std::string& binary,
                               const std::string& conf);

/// RESTART_*, STOP_MODE and STOP_TIMEOUT for the state machine.
supervise::Policy supervision_policy(const config::Settings& all);

}  // namespace unified::app
