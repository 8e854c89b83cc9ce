#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "jetstream/api.h"

namespace unified::jetstream {

/// The answer's JSON, or the error that it holds. `operation`: "cannot create stream X".
ApiResult<nlohmann::json> parse_answer(const std::string& payload, const std::string& operation);

/// From `{"config":…,"state":…}` as INFO, LIST, CREATE and UPDATE send it. What is missing or of
/// another type is 0 or empty.
StreamState parse_stream(nlohmann::json answer);

/// A number or text of an answer that may have anything in its place: then 0 or empty. A number
/// that is too big is the biggest.
std::int64_t int_at(const nlohmann::json& json, const char* key);
std::string text_at(const nlohmann::json& json, const char* key);
/// Whether it is there and true.
bool is_set(const nlohmann::json& json, const char* key);

}  // namespace unified::jetstream
