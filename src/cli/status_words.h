#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace unified::cli {

/// A value of /status for people: objects that have words of their own (`recovery`,
/// `last_black_box`), strings as they are, everything else as JSON. Never fails, whatever the
/// value.
std::string status_value(const std::string& key, const nlohmann::ordered_json& value);

}  // namespace unified::cli
