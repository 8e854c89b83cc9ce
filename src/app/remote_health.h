#pragma once

#include <string>
#include <vector>

#include "config/settings.h"
#include "health/assess.h"
#include "jetstream/consumer_spec.h"

namespace unified::app {

/// What can be seen from outside of a server that our supervisor does not run: its client port, its
/// monitoring, JetStream, the streams declared here, JetStream's own count of bytes. Blocks up to
/// NATS_CONNECT_TIMEOUT for each of them.
health::Snapshot remote_snapshot(const config::Settings& settings,
                                 const jetstream::Declarations& desired);

/// assess() without the check `supervisor`: there is none.
std::vector<health::Check> assess_remote(const health::Snapshot& snapshot);

}  // namespace unified::app
