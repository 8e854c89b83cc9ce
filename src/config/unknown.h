#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/problem.h"

namespace unified::config {

/// Kubernetes and Docker tell containers of their neighbours by names such as NATS_SERVICE_HOST,
/// NATS_SERVICE_PORT_HTTP, NATS_PORT_4222_TCP_ADDR, and NATS_UNIFIED_PORT=tcp://…: nobody set these
/// for us.
bool is_service_link(std::string_view name, std::string_view text);

/// The finding for a name that begins like ours but is not in the table, with the nearest one that
/// is; nothing for known names and for everybody else's. Never holds the text: a misspelt password
/// is a password.
std::optional<Problem> judge_unknown(const std::string& name,
                                     std::string_view text,
                                     const std::string& origin,
                                     bool strict);

}  // namespace unified::config
