#pragma once

#include <chrono>
#include <string>

#include <nlohmann/json.hpp>

namespace unified::jetstream {

/// The value as a block of YAML: every text in double quotes, so that no reader takes one for
/// another type; keys too, unless they are plain words.
std::string to_yaml(const nlohmann::ordered_json& value);

/// The exact form that Go reads, too: `72h`, `1h30m`, `0s`.
std::string go_duration(std::chrono::nanoseconds value);

}  // namespace unified::jetstream
