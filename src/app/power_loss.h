#pragma once

#include <string>

#include "base/server_version.h"
#include "config/settings.h"

namespace unified::app {

/// What a power loss costs with this JETSTREAM_SYNC_INTERVAL, as the end of a sentence: "up to the
/// last 2m of acknowledged messages (…)". Of streams on file: those in memory are lost as a whole.
/// nats-server's own default is 2m, 1m before 2.10. Pure.
std::string power_loss_costs(const config::JetStreamSettings& jetstream, ServerVersion version);

}  // namespace unified::app
