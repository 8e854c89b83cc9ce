#pragma once

#include <vector>

#include "api/control_server.h"
#include "app/health_view.h"

namespace unified::app {

/// GET /livez /readyz /startupz /health /status /streams (DESIGN.md, "Health").
std::vector<api::Route> control_routes(HealthSources sources);

}  // namespace unified::app
