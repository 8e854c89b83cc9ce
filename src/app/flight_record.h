#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "observe/line_ring.h"
#include "supervise/cause.h"

namespace unified::app {

/// Everything that one file of the black box tells. No secrets: who fills it has scrubbed.
struct FlightRecord {
  std::chrono::system_clock::time_point at;
  std::chrono::system_clock::time_point started_at;  ///< of the incarnation
  std::chrono::milliseconds uptime{};
  std::optional<std::chrono::milliseconds> ready_after;
  supervise::Evidence evidence;
  supervise::Cause cause;
  std::optional<std::int64_t> oom_kills_before;
  std::optional<std::int64_t> oom_kills_after;
  nlohmann::ordered_json server_seen;  ///< the last /varz and /jsz, in short; null: none
  std::vector<std::string> stacks;
  std::vector<observe::RecentLine> lines;
  std::string our_version;
  std::string server_version;
};

/// What /status shows of it: at, kind, cause, advice; the file is added by who writes it.
nlohmann::ordered_json summary_of(const FlightRecord& record);

/// The file's text, schema 1; at most 512 KiB: stacks give way first, then the oldest lines.
std::string to_text(const FlightRecord& record);

/// "2026-11-21T18:09:08.123Z".
std::string utc_text(std::chrono::system_clock::time_point at);

/// What is worth keeping of /varz and /jsz: numbers and versions, never configuration. Null when
/// the body is no JSON object.
nlohmann::ordered_json varz_in_short(const std::string& body);
nlohmann::ordered_json jsz_in_short(const std::string& body);

}  // namespace unified::app
