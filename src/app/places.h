#pragma once

#include <string>
#include <vector>

#include "config/settings.h"

namespace unified::app {

/// What `run` could not write on this machine, a line each with its variable: RUN_DIR,
/// NATS_CONFIG_FILE, NATS_LOG_FILE, JETSTREAM_STORE_DIR, those that are set. Looks only. For
/// `validate`, which often runs where the broker will not (these are no errors of the
/// configuration), and for a restart, before anything is stopped.
std::vector<std::string> unusable_places(const config::Settings& settings);

}  // namespace unified::app
