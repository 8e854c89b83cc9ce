#pragma once

#include <memory>
#include <string>

#include <nlohmann/json.hpp>

#include "base/result.h"
#include "base/server_version.h"
#include "config/settings.h"
#include "jetstream/change_log.h"
#include "jetstream/nats/connection.h"

namespace unified::app {

/// Who a server says it is: in the greeting of its client port, and in /varz of its monitoring.
struct ServerIdentity {
  std::string id;       ///< server_id, new at every start of a server; empty: it did not say
  std::string name;     ///< server_name
  std::string cluster;  ///< empty: it is none
};

/// The identity in a /varz, or why there is none.
Result<ServerIdentity> identity_in_varz(const std::string& body);

/// Whether one who answers as `seen` may be believed about `asked`: it is the same server, another
/// node of the same cluster (an address may stand for all of them), or `asked` did not say.
bool may_speak_for(const ServerIdentity& seen, const ServerIdentity& asked);
/// Why a /varz is not that of `asked`, which is at `where` (for people); empty: it is. Pure.
std::string foreign_varz(const std::string& body,
                         const ServerIdentity& asked,
                         const std::string& where);

/// A nats-server that one-shot commands talk to directly.
struct RemoteServer {
  /// Hears of what is changed from hear_changes() on. Outlives the connection.
  std::shared_ptr<jetstream::ChangeLog> changes;
  std::unique_ptr<nats::Connection> connection;
  std::string url;  ///< without credentials
  std::string host;
  ServerIdentity identity;
  ServerVersion version;
  bool clustered = false;
};

/// Subscribes to what the server tells of changed streams. An error: the login may not.
Result<void> hear_changes(RemoteServer& server);

/// A server that answers on its client port: what its greeting says, and how to connect to it.
struct FoundServer {
  nats::ConnectOptions connect;  ///< with credentials
  std::string url;               ///< without
  std::string host;
  ServerIdentity identity;
  ServerVersion version;
  bool clustered = false;
};

/// Waits for the greeting of the server at `url`, one of NATS_URL. The error says why there is
/// none, without credentials. Blocks on the resolver and up to NATS_CONNECT_TIMEOUT for each
/// address.
Result<FoundServer> find_remote(const config::Settings& settings,
                                const std::string& url,
                                const std::string& client);

/// Returns what to do, to be appended to `cause`, when a server refused the login or we refused its
/// certificate; empty for any other cause.
std::string connect_hint(const config::Settings& settings, const std::string& cause);

/// The servers of NATS_URL tried in order, else the configured listener on this machine; with the
/// URL's credentials, else NATS_AUTH_*. `client` is the name shown in /connz. The error names every
/// server that was tried, why it failed, and what to do. Blocks up to NATS_CONNECT_TIMEOUT for each
/// address.
Result<RemoteServer> connect_remote(const config::Settings& settings, const std::string& client);

/// Where a server's monitoring is.
struct MonitorPlace {
  std::string host;
  int port = 0;
};
/// NATS_MONITOR_URL, else `host` and NATS_HTTP_PORT. Fails on https://, which we don't speak.
Result<MonitorPlace> monitor_place(const config::Settings& settings, const std::string& host);

/// Why what listens at the place of monitoring is not `server`'s; empty when it is. One request.
std::string foreign_monitor(const config::Settings& settings, const RemoteServer& server);

/// GET of a monitoring page: of NATS_MONITOR_URL, else of `host` (a server of NATS_URL) and
/// NATS_HTTP_PORT.
struct MonitorAnswer {
  int status = 0;
  std::string body;
  std::string url;
};
Result<MonitorAnswer> monitor_get(const config::Settings& settings,
                                  const std::string& host,
                                  const std::string& target);

}  // namespace unified::app
