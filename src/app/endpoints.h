#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "config/settings.h"
#include "jetstream/nats/connection.h"
#include "render/nats_conf.h"

namespace unified::app {

/// The IP address at which this host reaches a listener bound to `host`: loopback for the
/// wildcards, the address itself, or what a host name resolves to (blocks on the resolver: before
/// the reactor runs).
Result<std::string> reachable_address(const std::string& host);

/// The same with every address of a host name, in the resolver's order.
Result<std::vector<std::string>> reachable_addresses(const std::string& host);

/// How the supervisor connects to its own server: at `address`, with the internal user in
/// user/password mode, the token in token mode. Never NATS_URL.
nats::ConnectOptions own_connection(const config::Settings& settings,
                                    const std::string& address,
                                    const render::InternalUser& internal);

/// The internal user of one supervisor life: 128 random bits each for name and password.
render::InternalUser make_internal_user();

}  // namespace unified::app
