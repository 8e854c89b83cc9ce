#pragma once

#include <nlohmann/json.hpp>

#include "config/settings.h"

namespace unified::render {

/// The settings of an environment without any variable set (as far as nats.conf needs them).
config::Settings default_settings();

/// Puts a golden folder's settings.json over the defaults: flat, "auth.password": "x". An unknown
/// name throws.
config::Settings settings_from_json(const nlohmann::json& overrides);

}  // namespace unified::render
