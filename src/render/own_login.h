#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/settings.h"
#include "render/conf_keys.h"

namespace unified::render {

/// Why the supervisor could not log in to a server with this NATS_EXTRA_CONFIG_FILE, or would be in
/// an account without JetStream there, and what to do: "FILE:3: …". Nothing when it can, or when
/// the text does not tell (a value that comes from a variable, JetStream that is imported from
/// another account): what works is never refused. By experiment the same on nats-server 2.9.10,
/// 2.10.27 and 2.15.1. Pure.
std::optional<std::string> own_login_fault(const std::vector<ConfEntry>& extra,
                                           const std::string& file,
                                           const config::Settings& settings);

}  // namespace unified::render
