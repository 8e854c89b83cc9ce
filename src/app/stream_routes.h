#pragma once

#include <vector>

#include "api/control_server.h"
#include "app/provisioner.h"

namespace unified::app {

/// GET /streams, POST /jetstream, GET /evidence: what commands ask of JetStream over our
/// connection. `provisioner` outlives the routes.
std::vector<api::Route> stream_routes(Provisioner& provisioner);

}  // namespace unified::app
