#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "api/http_types.h"
#include "health/assess.h"
#include "health/snapshot.h"

namespace unified::app {

/// 200, or 503 with the reasons why not ready.
api::Response readiness_answer(const std::vector<std::string>& reasons);

/// 200, or 503 when a check fails; as JSON or as text.
api::Response checks_answer(const std::vector<health::Check>& checks, bool text);

/// A sentence for each part of ours that does not work, for /status.
nlohmann::ordered_json not_working(const std::vector<health::PartFacts>& parts);

/// A declared stream in /status.
nlohmann::ordered_json stream_json(const health::StreamFacts& facts);

}  // namespace unified::app
