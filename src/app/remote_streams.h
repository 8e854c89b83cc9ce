#pragma once

#include <string>

#include "base/result.h"
#include "config/settings.h"
#include "jetstream/plan.h"

namespace unified::app {

/// The body of the control socket's /streams.
Result<jetstream::Actual> parse_streams(const std::string& body);

/// The same, asked of the server at NATS_URL (with NATS_AUTH_* unless the URL has credentials) and,
/// for its version, of NATS_MONITOR_URL. Blocks; for one-shot commands.
Result<jetstream::Actual> remote_streams(const config::Settings& settings);

}  // namespace unified::app
