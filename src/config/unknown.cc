#include "config/unknown.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/nearest.h"
#include "config/variables.h"

namespace unified::config {
namespace {

constexpr std::array<std::string_view, 20> kPrefixes{
    "NATS_",         "JETSTREAM_", "STREAM_",  "STREAMS_",   "RECONCILE_",  "RESTART_",   "STOP_",
    "HEALTH_CHECK_", "LIVENESS_",  "LOG_",     "LAME_DUCK_", "PROMETHEUS_", "API_",       "ALERT_",
    "BACKUP_",       "RETENTION_", "DISCARD_", "STORAGE_",   "SILENCE_",    "MONITORING_"};

// What people write after other NATS tools; too far from our names for the edit distance.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kOtherTools{{
    {"NATS_USER", "NATS_AUTH_USERNAME"},
    {"NATS_USERNAME", "NATS_AUTH_USERNAME"},
    {"NATS_PASSWORD", "NATS_AUTH_PASSWORD"},
    {"NATS_TOKEN", "NATS_AUTH_TOKEN"},
    {"NATS_STORE_DIR", "JETSTREAM_STORE_DIR"},
    {"NATS_MONITOR_PORT", "NATS_HTTP_PORT"},
}};

constexpr std::string_view kFile = "_FILE";

bool is_known(std::string_view name) {
  if (find_variable(name) != nullptr)
    return true;
  if (!name.ends_with(kFile))
    return false;
  const Variable* secret = find_variable(name.substr(0, name.size() - kFile.size()));
  return secret != nullptr && secret->hidden();
}

/// `_PORT_4222_TCP` and what may follow it.
bool has_port_and_protocol(std::string_view name) {
  constexpr std::string_view kPort = "_PORT_";
  const std::size_t at = name.rfind(kPort);
  if (at == std::string_view::npos)
    return false;
  name.remove_prefix(at + kPort.size());
  const std::size_t digits = std::min(name.find_first_not_of("0123456789"), name.size());
  name.remove_prefix(digits);
  if (digits == 0)
    return false;
  for (const std::string_view protocol : {"_TCP", "_UDP", "_SCTP"})
    for (const std::string_view end : {"", "_PROTO", "_PORT", "_ADDR"})
      if (name.starts_with(protocol) && name.substr(protocol.size()) == end)
        return true;
  return false;
}

std::string suggestion(std::string_view name) {
  for (const auto& [other, ours] : kOtherTools)
    if (name == other)
      return fmt::format("did you mean {}?", ours);
  if (name.ends_with(kFile) && find_variable(name.substr(0, name.size() - kFile.size())) != nullptr)
    return "only secrets may come from a file";
  const auto names = variable_names();
  const auto near = nearest(name, names);
  return near ? fmt::format("did you mean {}?", *near) : "it has no effect";
}

}  // namespace

bool is_service_link(std::string_view name, std::string_view text) {
  if (name.ends_with("_SERVICE_HOST") || name.find("_SERVICE_PORT") != std::string_view::npos)
    return true;
  const bool is_url =
      text.starts_with("tcp://") || text.starts_with("udp://") || text.starts_with("sctp://");
  return has_port_and_protocol(name) || (name.ends_with("_PORT") && is_url);
}

std::optional<Problem> judge_unknown(const std::string& name,
                                     std::string_view text,
                                     const std::string& origin,
                                     bool strict) {
  const bool like_ours = std::ranges::any_of(
      kPrefixes, [&](std::string_view prefix) { return name.starts_with(prefix); });
  if (!like_ours || is_known(name) || is_service_link(name, text))
    return std::nullopt;
  std::string message = name.starts_with("BACKUP_S3_")
                            ? "backups to S3 are not supported: it has no effect"
                            : fmt::format("unknown variable: {}", suggestion(name));
  return Problem{.severity = strict ? Severity::kError : Severity::kWarning,
                 .variable = name,
                 .origin = origin,
                 .value = "",
                 .message = std::move(message)};
}

}  // namespace unified::config
