#pragma once

#include "api/control_server.h"
#include "observe/line_ring.h"

namespace unified::app {

/// GET /logs: the last lines as text. GET /logs?after=SEQ: those behind line SEQ, for one who
/// follows, as JSON `{"last":SEQ,"lines":[{"seq","at","source","text"}]}`; `at` is unix time in
/// seconds. `ring` outlives the route.
api::Route logs_route(const observe::LineRing& ring);

}  // namespace unified::app
