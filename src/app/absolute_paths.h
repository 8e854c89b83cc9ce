#pragma once

#include "config/settings.h"

namespace unified::app {

/// Every relative path of the settings below our working directory: nats-server runs elsewhere and
/// looks for includes beside nats.conf, so a relative path would mean two places. Repeatable.
void make_paths_absolute(config::Settings& settings);

}  // namespace unified::app
