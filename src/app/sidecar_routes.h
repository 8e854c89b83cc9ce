#pragma once

#include <string>
#include <vector>

#include "api/control_server.h"
#include "app/sidecar_health.h"

namespace unified::app {

/// control_routes() of a sidecar.
std::vector<api::Route> sidecar_routes(SidecarSources sources);

/// What would need a nats-server of ours (`what`: "starting", "stopping"): refused, with what to do
/// instead.
api::Response refuse_foreign(const SidecarSources& sources, const std::string& what);

}  // namespace unified::app
