#include "app/flight_record.h"

#include <array>
#include <span>
#include <string_view>

#include <fmt/format.h>

namespace unified::app {
namespace {

using nlohmann::ordered_json;
using supervise::Incident;

constexpr int kSchema = 1;
constexpr std::size_t kMaxBytes = std::size_t{512} * 1024;
constexpr std::size_t kLineBytes = 512;

template <typename T>
ordered_json or_null(const std::optional<T>& value) {
  return value ? ordered_json(*value) : ordered_json{};
}

ordered_json exit_json(const Incident& incident) {
  if (!incident.exit)
    return incident.spawn_error == 0 ? ordered_json{}
                                     : ordered_json{{"spawn_errno", incident.spawn_error}};
  ordered_json exit;
  exit[incident.exit->is_signaled() ? "signal" : "code"] =
      incident.exit->is_signaled() ? incident.exit->signal() : incident.exit->code();
  exit["text"] = incident.exit->describe();
  return exit;
}

ordered_json cause_json(const supervise::Cause& cause) {
  return {{"kind", to_text(cause.kind)},
          {"text", cause.text},
          {"advice", cause.advice},
          {"confirmed_by", cause.confirmed_by}};
}

ordered_json timings_json(const FlightRecord& record) {
  const auto& ready_for = record.evidence.incident.ready_for;
  ordered_json timings;
  timings["started_at"] = utc_text(record.started_at);
  timings["uptime_ms"] = record.uptime.count();
  timings["ready_after_ms"] =
      record.ready_after ? ordered_json(record.ready_after->count()) : ordered_json{};
  timings["ready_for_ms"] =
      ready_for
          ? ordered_json(std::chrono::duration_cast<std::chrono::milliseconds>(*ready_for).count())
          : ordered_json{};
  return timings;
}

ordered_json disk_json(const supervise::Evidence& evidence) {
  if (!evidence.disk)
    return {};
  return {{"path", evidence.store_dir},
          {"free_bytes", evidence.disk->free_bytes},
          {"total_bytes", evidence.disk->total_bytes},
          {"free_inodes", evidence.disk->free_inodes},
          {"total_inodes", evidence.disk->total_inodes}};
}

ordered_json ports_json(const std::vector<supervise::PortUse>& ports) {
  ordered_json list = ordered_json::array();
  for (const supervise::PortUse& port : ports)
    list.push_back(
        {{"variable", port.variable}, {"port", port.port}, {"holder", or_null(port.holder)}});
  return list;
}

ordered_json lines_json(const std::vector<observe::RecentLine>& lines, std::size_t skip) {
  ordered_json list = ordered_json::array();
  for (std::size_t i = skip; i < lines.size(); ++i)
    list.push_back({{"seq", lines[i].seq},
                    {"at", utc_text(lines[i].at)},
                    {"source", to_text(lines[i].source)},
                    {"text", lines[i].text.substr(0, kLineBytes)}});
  return list;
}

std::string dumped(const ordered_json& body) {
  return body.dump(1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

ordered_json chosen(const nlohmann::json& from, std::span<const std::string_view> names) {
  ordered_json some;
  for (const std::string_view name : names)
    if (const auto found = from.find(name); found != from.end() && found->is_primitive())
      some[std::string{name}] = *found;
  return some;
}

}  // namespace

std::string utc_text(std::chrono::system_clock::time_point at) {
  const auto now = std::chrono::floor<std::chrono::milliseconds>(at);
  const auto days = std::chrono::floor<std::chrono::days>(now);
  const std::chrono::year_month_day date{days};
  const std::chrono::hh_mm_ss time{now - days};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     time.hours().count(), time.minutes().count(), time.seconds().count(),
                     time.subseconds().count());
}

ordered_json summary_of(const FlightRecord& record) {
  return {{"at", utc_text(record.at)},
          {"kind", to_text(record.evidence.incident.kind)},
          {"incarnation", record.evidence.incident.incarnation},
          {"cause", record.cause.text},
          {"cause_kind", to_text(record.cause.kind)},
          {"confirmed_by", record.cause.confirmed_by},
          {"advice", record.cause.advice}};
}

std::string to_text(const FlightRecord& record) {
  const Incident& incident = record.evidence.incident;
  ordered_json body;
  body["schema"] = kSchema;
  body["at"] = utc_text(record.at);
  body["kind"] = to_text(incident.kind);
  body["cause"] = cause_json(record.cause);
  body["incarnation"] = incident.incarnation;
  body["pid"] = incident.pid;
  body["exit"] = exit_json(incident);
  body["was_ready"] = incident.was_ready;
  body["gave_up_with"] = or_null(incident.gave_up_with);
  body["restarts"] = incident.restarts;
  body["timings"] = timings_json(record);
  body["memory"] = {{"oom_kills_before", or_null(record.oom_kills_before)},
                    {"oom_kills_after", or_null(record.oom_kills_after)},
                    {"limit_bytes", or_null(record.evidence.memory_limit)}};
  body["disk"] = disk_json(record.evidence);
  body["store_trouble"] = record.evidence.store_trouble;
  body["ports"] = ports_json(record.evidence.ports);
  body["versions"] = {{"unified_entrypoint", record.our_version},
                      {"nats_server", record.server_version},
                      {"binary", record.evidence.server_binary}};
  body["server"] = record.server_seen;
  body["said"] = record.evidence.said;
  body["lines"] = lines_json(record.lines, 0);
  body["stacks"] = record.stacks;
  std::string text = dumped(body);
  if (text.size() <= kMaxBytes)
    return text;
  body["stacks"] = ordered_json::array();
  for (std::size_t skip = 0; skip <= record.lines.size(); skip += 50) {
    body["lines"] = lines_json(record.lines, skip);
    text = dumped(body);
    if (text.size() <= kMaxBytes)
      break;
  }
  return text;
}

ordered_json varz_in_short(const std::string& body) {
  static constexpr auto kNames = std::to_array<std::string_view>({"version",
                                                                  "start",
                                                                  "now",
                                                                  "uptime",
                                                                  "mem",
                                                                  "cpu",
                                                                  "cores",
                                                                  "gomaxprocs",
                                                                  "connections",
                                                                  "total_connections",
                                                                  "routes",
                                                                  "subscriptions",
                                                                  "slow_consumers",
                                                                  "in_msgs",
                                                                  "out_msgs",
                                                                  "in_bytes",
                                                                  "out_bytes",
                                                                  "max_connections",
                                                                  "max_payload",
                                                                  "config_load_time"});
  const auto parsed = nlohmann::json::parse(body, nullptr, false);
  return parsed.is_object() ? chosen(parsed, kNames) : ordered_json{};
}

ordered_json jsz_in_short(const std::string& body) {
  static constexpr auto kNames = std::to_array<std::string_view>(
      {"disabled", "memory", "storage", "reserved_memory", "reserved_storage", "accounts",
       "ha_assets", "streams", "consumers", "messages", "bytes"});
  const auto parsed = nlohmann::json::parse(body, nullptr, false);
  if (!parsed.is_object())
    return {};
  ordered_json some = chosen(parsed, kNames);
  if (const auto api = parsed.find("api"); api != parsed.end() && api->is_object())
    some["api"] = *api;
  return some;
}

}  // namespace unified::app
