#include "health/assess.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "base/parse.h"

namespace unified::health {
namespace {

/// A stream or disk this full is worth a word before it is worth an alarm (natscli's defaults,
/// nats-ops.md §4).
constexpr double kWarnShare = 0.75;
constexpr double kFullShare = 0.90;
constexpr std::int64_t kLeastFreeBytes = std::int64_t{64} * 1024 * 1024;
constexpr std::int64_t kLeastFreeInodes = 1000;

Check from_probe(std::string name, const Probe& probe) {
  return {std::move(name), probe.ok ? Status::kPass : Status::kFail, probe.message, probe.took};
}

Check disabled(std::string name) {
  return {std::move(name), Status::kPass, "disabled (JETSTREAM_ENABLED=false)", {}};
}

Check unknown(std::string name) {
  return {std::move(name), Status::kFail, "unknown: JetStream does not answer", {}};
}

Check stream_check(const Snapshot& snapshot) {
  if (!snapshot.jetstream_enabled)
    return disabled("stream");
  if (!snapshot.unloaded.empty())
    return {"stream", Status::kFail, fmt::format("{}", fmt::join(snapshot.unloaded, "; ")), {}};
  if (!snapshot.streams_known)
    return unknown("stream");
  std::vector<std::string> missing;
  std::vector<std::string> present;
  for (const StreamFacts& stream : snapshot.streams)
    (stream.present ? present : missing).push_back(stream.name);
  if (!missing.empty())
    return {"stream", Status::kFail, fmt::format("missing: {}", fmt::join(missing, ", ")), {}};
  if (!snapshot.errors.empty())
    return {"stream", Status::kFail, fmt::format("{}", fmt::join(snapshot.errors, "; ")), {}};
  if (!snapshot.refused.empty())
    return {"stream", Status::kWarn, fmt::format("{}", fmt::join(snapshot.refused, "; ")), {}};
  return {"stream", Status::kPass, fmt::format("as declared: {}", fmt::join(present, ", ")), {}};
}

Check datatypes_check(const Snapshot& snapshot) {
  if (!snapshot.jetstream_enabled)
    return disabled("datatypes");
  if (!snapshot.streams_known)
    return unknown("datatypes");
  std::size_t declared = 0;
  std::vector<std::string> unbound;
  for (const StreamFacts& stream : snapshot.streams) {
    declared += stream.declared_subjects.size();
    unbound.insert(unbound.end(), stream.unbound_subjects.begin(), stream.unbound_subjects.end());
  }
  if (!unbound.empty())
    return {"datatypes",
            Status::kFail,
            fmt::format("{} of {} declared subjects are bound to no stream: {}", unbound.size(),
                        declared, fmt::join(unbound, ", ")),
            {}};
  return {
      "datatypes", Status::kPass, fmt::format("all {} declared subjects are bound", declared), {}};
}

double share(std::int64_t used, std::int64_t limit) {
  return limit <= 0 ? 0 : static_cast<double>(used) / static_cast<double>(limit);
}

Check storage_check(const Snapshot& snapshot) {
  if (!snapshot.jetstream_enabled)
    return disabled("storage");
  if (!snapshot.disk)
    return {"storage", Status::kWarn, "the store's file system can't be read", {}};
  const DiskFacts& disk = *snapshot.disk;
  const std::int64_t used = disk.total_bytes - disk.free_bytes;
  std::string message =
      fmt::format("{} of {} free", format_bytes(disk.free_bytes), format_bytes(disk.total_bytes));
  if (disk.free_bytes < kLeastFreeBytes ||
      (disk.free_inodes >= 0 && disk.free_inodes < kLeastFreeInodes))
    return {
        "storage", Status::kFail, message + fmt::format(", {} inodes free", disk.free_inodes), {}};
  Status status = share(used, disk.total_bytes) >= kFullShare ? Status::kWarn : Status::kPass;
  for (const StreamFacts& stream : snapshot.streams) {
    const double fullest = std::max(share(stream.messages, stream.max_messages),
                                    share(stream.bytes, stream.max_bytes));
    // A full stream that discards old messages works as declared: worth a word, never a failure.
    if (fullest >= kWarnShare)
      message += fmt::format("; stream {} is at {:.0f} % of its limit", stream.name, fullest * 100);
  }
  return {"storage", status, message, {}};
}

Check supervisor_check(const Snapshot& snapshot) {
  std::string message = fmt::format("{}, {} restart(s)", snapshot.phase, snapshot.restarts);
  if (!snapshot.last_exit.empty())
    message += ", nats-server last " + snapshot.last_exit;
  if (snapshot.dropped_log_lines > 0)
    message += fmt::format(", {} log lines dropped", snapshot.dropped_log_lines);
  if (!snapshot.server_running || snapshot.stopping)
    return {"supervisor", Status::kFail, message, {}};
  const bool worth_a_word = snapshot.restarts > 0 || snapshot.dropped_log_lines > 0;
  return {"supervisor", worth_a_word ? Status::kWarn : Status::kPass, message, {}};
}

}  // namespace

std::string_view to_text(Status status) {
  switch (status) {
    case Status::kPass:
      return "pass";
    case Status::kWarn:
      return "warn";
    case Status::kFail:
      break;
  }
  return "fail";
}

std::vector<Check> assess(const Snapshot& snapshot) {
  return {from_probe("connectivity", snapshot.client_port),
          from_probe("http", snapshot.http),
          snapshot.jetstream_enabled ? from_probe("jetstream", snapshot.jetstream)
                                     : disabled("jetstream"),
          stream_check(snapshot),
          datatypes_check(snapshot),
          storage_check(snapshot),
          supervisor_check(snapshot)};
}

Status worst(const std::vector<Check>& checks) {
  Status status = Status::kPass;
  for (const Check& check : checks)
    status = std::max(status, check.status);
  return status;
}

std::vector<std::string> not_ready_reasons(const Snapshot& snapshot) {
  if (snapshot.stopping)
    return {"stopping"};
  if (!snapshot.server_running)
    return {fmt::format("nats-server is not running ({})", snapshot.phase)};
  if (!snapshot.server_was_ready)
    return {"nats-server is starting"};
  std::vector<std::string> reasons;
  if (!snapshot.client_port.ok)
    reasons.push_back("client port: " + snapshot.client_port.message);
  if (!snapshot.http.ok)
    reasons.push_back("monitor port: " + snapshot.http.message);
  if (!snapshot.jetstream_enabled)
    return reasons;
  if (!snapshot.jetstream.ok)
    reasons.push_back("JetStream: " + snapshot.jetstream.message);
  reasons.insert(reasons.end(), snapshot.unloaded.begin(), snapshot.unloaded.end());
  if (!snapshot.streams_known)
    reasons.emplace_back("the declared streams are not provisioned yet");
  for (const StreamFacts& stream : snapshot.streams)
    if (!stream.unbound_subjects.empty())
      reasons.push_back(fmt::format("stream {}: {} of {} declared subjects are not bound",
                                    stream.name, stream.unbound_subjects.size(),
                                    stream.declared_subjects.size()));
  return reasons;
}

std::string to_json(const std::vector<Check>& checks) {
  nlohmann::ordered_json body;
  body["status"] = to_text(worst(checks));
  body["checks"] = nlohmann::ordered_json::array();
  for (const Check& check : checks)
    body["checks"].push_back({{"name", check.name},
                              {"status", to_text(check.status)},
                              {"message", check.message},
                              {"ms", check.took.count()}});
  return body.dump(2) + "\n";
}

std::string to_text(const std::vector<Check>& checks) {
  std::string text;
  for (const Check& check : checks)
    text += fmt::format("{:<4}  {:<12}  {}\n", to_text(check.status), check.name, check.message);
  return text;
}

}  // namespace unified::health
