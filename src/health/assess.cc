#include "health/assess.h"

#include <algorithm>
#include <initializer_list>
#include <iterator>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "health/limits.h"
#include "health/login.h"
#include "health/parts.h"
#include "health/storage.h"

namespace unified::health {
namespace {

Check from_probe(std::string name, const Probe& probe) {
  return {std::move(name), probe.ok ? Status::kPass : Status::kFail, probe.message, probe.took};
}

/// The worse of the check and its limits; what is spent takes the place of a message that says that
/// all is well, what is only near its end stands behind it.
Check with_limits(Check check,
                  const Snapshot& snapshot,
                  std::initializer_list<LimitFacts::Kind> kinds) {
  for (const LimitFacts& limit : snapshot.limits) {
    const Status status = status_of(limit);
    if (status == Status::kPass || std::ranges::find(kinds, limit.kind) == kinds.end())
      continue;
    const bool replaces = check.status == Status::kPass && status == Status::kFail;
    check.message = replaces ? sentence(limit) : check.message + "; " + sentence(limit);
    check.status = std::max(check.status, status);
  }
  return check;
}

/// A connection stays open to a server that is frozen.
Check connectivity_check(const Snapshot& snapshot) {
  if (snapshot.client_port.ok && snapshot.jetstream_enabled && snapshot.jetstream.silent)
    return {"connectivity", Status::kFail,
            "connected, but the server does not answer: " + snapshot.jetstream.message,
            snapshot.jetstream.took};
  if (!snapshot.refused_us.empty())
    return {"connectivity", Status::kFail, refusal_with_way_out(snapshot.refused_us), {}};
  return from_probe("connectivity", snapshot.client_port);
}

Check disabled(std::string name) {
  return {std::move(name), Status::kPass, "disabled (JETSTREAM_ENABLED=false)", {}};
}

Check unknown(std::string name, const Snapshot& snapshot) {
  return {std::move(name),
          Status::kFail,
          snapshot.jetstream.ok
              ? "unknown: the streams were not read yet"
              : "unknown: JetStream does not answer: " + snapshot.jetstream.message,
          {}};
}

/// " (is paused until …)", or nothing.
std::string held_note(const Snapshot& snapshot, const std::string& stream) {
  const auto held = snapshot.left_alone.find(stream);
  return held == snapshot.left_alone.end() ? std::string{} : fmt::format(" ({})", held->second);
}

std::vector<std::string> unusable_streams(const Snapshot& snapshot) {
  std::vector<std::string> unusable;
  for (const StreamFacts& stream : snapshot.streams)
    if (stream.present && !stream.unusable.empty())
      unusable.push_back(stream.unusable);
  return unusable;
}

Check stream_check(const Snapshot& snapshot) {
  if (!snapshot.jetstream_enabled)
    return disabled("stream");
  if (!snapshot.migrating.empty())
    return {"stream", Status::kFail, snapshot.migrating, {}};
  if (!snapshot.unloaded.empty())
    return {"stream", Status::kFail, fmt::format("{}", fmt::join(snapshot.unloaded, "; ")), {}};
  if (!snapshot.streams_known || !snapshot.jetstream.ok)
    return unknown("stream", snapshot);
  std::vector<std::string> missing;
  std::vector<std::string> present;
  for (const StreamFacts& stream : snapshot.streams)
    (stream.present ? present : missing).push_back(stream.name + held_note(snapshot, stream.name));
  if (!missing.empty())
    return {"stream", Status::kFail, fmt::format("missing: {}", fmt::join(missing, ", ")), {}};
  if (const auto unusable = unusable_streams(snapshot); !unusable.empty())
    return {"stream", Status::kFail, fmt::format("{}", fmt::join(unusable, "; ")), {}};
  if (!snapshot.missing_consumers.empty())
    return {"stream",
            Status::kFail,
            fmt::format("missing: {}", fmt::join(snapshot.missing_consumers, ", ")),
            {}};
  if (const std::string lost = lost_files(snapshot); !lost.empty())
    return {"stream", Status::kFail, lost, {}};
  if (!snapshot.errors.empty())
    return {"stream", Status::kFail, fmt::format("{}", fmt::join(snapshot.errors, "; ")), {}};
  if (!snapshot.refused.empty() || !snapshot.left_alone.empty()) {
    std::vector<std::string> worth_a_word = snapshot.refused;
    for (const auto& [stream, why] : snapshot.left_alone)
      worth_a_word.push_back(fmt::format("stream {} {}: it is left alone", stream, why));
    return {"stream", Status::kWarn, fmt::format("{}", fmt::join(worth_a_word, "; ")), {}};
  }
  return {"stream", Status::kPass, fmt::format("as declared: {}", fmt::join(present, ", ")), {}};
}

Check datatypes_check(const Snapshot& snapshot) {
  if (!snapshot.jetstream_enabled)
    return disabled("datatypes");
  if (!snapshot.streams_known || !snapshot.jetstream.ok)
    return unknown("datatypes", snapshot);
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

Check supervisor_check(const Snapshot& snapshot) {
  std::string message = fmt::format("{}, {} restart(s)", snapshot.phase, snapshot.restarts);
  if (!snapshot.last_exit.empty())
    message += ", nats-server last " + snapshot.last_exit;
  if (snapshot.dropped_log_lines > 0)
    message += fmt::format(", {} log lines dropped", snapshot.dropped_log_lines);
  bool has_broken_part = false;
  for (const PartFacts& part : snapshot.parts) {
    has_broken_part = has_broken_part || !part.why.empty();
    if (!part.why.empty())
      message += ", " + sentence(part);
  }
  if (!snapshot.server_running || snapshot.stopping)
    return {"supervisor", Status::kFail, message, {}};
  const bool worth_a_word =
      has_broken_part || snapshot.restarts > 0 || snapshot.dropped_log_lines > 0;
  return {"supervisor", worth_a_word ? Status::kWarn : Status::kPass, message, {}};
}

/// Nothing before the first end.
std::string why_it_ended(const Snapshot& snapshot) {
  if (snapshot.last_exit.empty())
    return {};
  return "; the last one " +
         (snapshot.cause.empty() ? snapshot.last_exit : "ended: " + snapshot.cause);
}

std::string unbound_reason(const StreamFacts& stream) {
  if (stream.declared_subjects.empty())  // a mirror, or one with sources
    return fmt::format("stream {} is missing", stream.name);
  return fmt::format("stream {}: {} of {} declared subjects are not bound", stream.name,
                     stream.unbound_subjects.size(), stream.declared_subjects.size());
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
  using Kind = LimitFacts::Kind;
  const Check storage = snapshot.jetstream_enabled ? storage_check(snapshot) : disabled("storage");
  return {
      with_limits(connectivity_check(snapshot), snapshot, {Kind::kConnections}),
      from_probe("http", snapshot.http),
      snapshot.jetstream_enabled ? from_probe("jetstream", snapshot.jetstream)
                                 : disabled("jetstream"),
      with_limits(stream_check(snapshot), snapshot, {Kind::kStreamMessages, Kind::kStreamBytes}),
      datatypes_check(snapshot),
      with_limits(storage, snapshot, {Kind::kFile, Kind::kMemory}),
      supervisor_check(snapshot)};
}

Status worst(const std::vector<Check>& checks) {
  Status status = Status::kPass;
  for (const Check& check : checks)
    status = std::max(status, check.status);
  return status;
}

namespace {

/// Every connection is in use and none is left for us: whoever is connected is served, so this is
/// told and takes nothing out of service.
bool only_lacks_connections(const Snapshot& snapshot) {
  const bool spent = std::ranges::any_of(snapshot.limits, [](const LimitFacts& limit) {
    return limit.kind == LimitFacts::Kind::kConnections && limit.spent;
  });
  return !snapshot.client_port.ok && snapshot.http.ok &&
         (snapshot.streams_known || !snapshot.jetstream_enabled) &&
         (spent || tells_of_no_slot(snapshot.refused_us));
}

/// Why no server of ours could serve anybody; empty: one is there that does.
std::string without_server(const Snapshot& snapshot, bool only_crowded) {
  if (snapshot.stopping)
    return "stopping";
  if (!snapshot.down_because.empty())
    return fmt::format("nats-server is down: {}", snapshot.down_because);
  if (!snapshot.server_running)
    return fmt::format("nats-server is not running ({}){}", snapshot.phase, why_it_ended(snapshot));
  if (!snapshot.refused_us.empty() && !only_crowded)
    return refusal_with_way_out(snapshot.refused_us);
  if (!snapshot.server_was_ready)
    return "nats-server is starting" + why_it_ended(snapshot);
  return {};
}

/// Why something that is declared can't be stored, or got.
std::vector<std::string> declared_reasons(const Snapshot& snapshot) {
  std::vector<std::string> reasons;
  if (std::ranges::any_of(snapshot.streams, &StreamFacts::on_file))
    reasons = store_reasons(snapshot);
  reasons.insert(reasons.end(), snapshot.unloaded.begin(), snapshot.unloaded.end());
  if (!snapshot.streams_known) {
    reasons.emplace_back("the declared streams are not known to be in place yet");
    return reasons;
  }
  for (const StreamFacts& stream : snapshot.streams)
    if (!stream.unbound_subjects.empty())
      reasons.push_back(unbound_reason(stream) + held_note(snapshot, stream.name));
  std::ranges::move(unusable_streams(snapshot), std::back_inserter(reasons));
  for (const std::string& consumer : snapshot.missing_consumers)
    reasons.push_back(fmt::format("{} is missing", consumer));
  return reasons;
}

}  // namespace

std::vector<std::string> not_ready_reasons(const Snapshot& snapshot) {
  const bool only_crowded = only_lacks_connections(snapshot);
  if (std::string none = without_server(snapshot, only_crowded); !none.empty())
    return {std::move(none)};
  std::vector<std::string> reasons;
  if (!snapshot.client_port.ok && !only_crowded)
    reasons.push_back("client port: " + snapshot.client_port.message);
  if (!snapshot.http.ok)
    reasons.push_back("monitor port: " + snapshot.http.message);
  if (!snapshot.jetstream_enabled)
    return reasons;
  if (!snapshot.jetstream.ok && !only_crowded)
    reasons.push_back("JetStream: " + (tells_of_denial(snapshot.jetstream.message)
                                           ? refusal_with_way_out(snapshot.jetstream.message)
                                           : snapshot.jetstream.message));
  if (!snapshot.migrating.empty())
    reasons.push_back(snapshot.migrating);
  else
    std::ranges::move(declared_reasons(snapshot), std::back_inserter(reasons));
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
  return body.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::string to_text(const std::vector<Check>& checks) {
  std::string text;
  for (const Check& check : checks)
    text += fmt::format("{:<4}  {:<12}  {}\n", to_text(check.status), check.name, check.message);
  return text;
}

}  // namespace unified::health
