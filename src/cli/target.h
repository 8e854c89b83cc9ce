#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/remote_server.h"
#include "base/result.h"
#include "base/server_version.h"
#include "cli/context.h"
#include "config/settings.h"
#include "jetstream/api_port.h"
#include "jetstream/reconciler.h"

namespace unified::cli {

/// The server that a one-shot command asks about streams.
struct Target {
  /// jetstream::ReconcileOptions::changes; null: nobody listens (through the supervisor, which
  /// tells of what it hears in its own log; a command that changes nothing; a login that may not).
  std::shared_ptr<jetstream::ChangeLog> changes;
  std::unique_ptr<jetstream::ApiPort> port;
  std::string where;  ///< for people: "the supervisor's server nats://…", or a URL; no credentials
  std::string host;   ///< of its monitoring, unless NATS_MONITOR_URL says otherwise
  std::string monitor_url;       ///< of the supervisor's server; empty: not supervised
  bool runs_the_server = false;  ///< the supervisor does, and is no sidecar
  std::string client_url;        ///< without credentials
  std::string name;              ///< server_name; empty when the supervisor answered
  app::ServerIdentity identity;  ///< as `name`
  ServerVersion version;
  bool clustered = false;
  bool supervised = false;  ///< asked through our supervisor's control socket
  std::vector<std::string>
      declared_there;  ///< streams that the supervisor declares; when supervised
  /// Why the supervisor refuses every change now, for one of its streams is migrated; or empty.
  std::string migrating;
  std::chrono::milliseconds timeout;  ///< for each request
  /// jetstream::ReconcileOptions::evidence
  jetstream::FindEvidence evidence;
  /// jetstream::ReconcileOptions::leave_alone, as of when it was asked; empty when not supervised.
  jetstream::LeaveAlone leave_alone;
};

/// The server of NATS_URL when that is set and is not the supervisor's own (then it is asked
/// through the supervisor, once the login of NATS_URL has worked), else the supervisor's through
/// its control socket, else what listens where the settings say. `command` is shown as the client's
/// name. The error says what was tried and what to do.
Result<Target> open_target(const Context& context,
                           const config::Settings& settings,
                           const std::string& command);

}  // namespace unified::cli
