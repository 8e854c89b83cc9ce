#include "health/limits.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/average_message.h"
#include "base/parse.h"
#include "health/storage.h"

namespace unified::health {
namespace {

using Kind = LimitFacts::Kind;
using nlohmann::json;

constexpr double kNearShare = 0.90;
constexpr double kClearShare = 0.95;
constexpr std::chrono::seconds kClearAfter{10};

double used_share(std::int64_t used, std::int64_t limit) {
  return limit <= 0 ? 0 : static_cast<double>(used) / static_cast<double>(limit);
}

std::int64_t count_at(const json& body, const char* pointer) {
  const json::json_pointer at{pointer};
  if (!body.contains(at) || !body.at(at).is_number_integer())
    return 0;
  return body.at(at).get<std::int64_t>();
}

bool counts_bytes(Kind kind) {
  return kind == Kind::kFile || kind == Kind::kMemory || kind == Kind::kStreamBytes;
}

std::string key_of(const LimitUse& use) {
  return fmt::format("{} {}", static_cast<int>(use.kind), use.stream);
}

/// "5 of 5 connections", "9.0 MiB of 10.0 MiB of stream S".
std::string amount(const LimitFacts& limit) {
  const auto text = [&](std::int64_t value) {
    return counts_bytes(limit.kind) ? format_bytes(value) : std::to_string(value);
  };
  return fmt::format("{} of {}", text(limit.used), text(limit.limit));
}

struct Words {
  std::string what;     ///< what is counted, with the variable
  std::string refused;  ///< what happens when it is spent
  std::string advice;
};

Words words_of(const LimitFacts& limit) {
  switch (limit.kind) {
    case Kind::kConnections:
      return {"connections (NATS_MAX_CONNECTIONS)", "nobody else can connect",
              "raise it, or find who opens so many (/connz on the monitoring port)"};
    case Kind::kFile:
      return {"JetStream files (JETSTREAM_MAX_FILE)",
              "every stream on file storage refuses new messages (10023)",
              "raise it and restart, or keep less"};
    case Kind::kMemory:
      return {"JetStream memory (JETSTREAM_MAX_MEMORY)",
              "every stream in memory refuses new messages (10023)",
              "raise it and restart, or keep less"};
    case Kind::kStreamMessages:
      return {fmt::format("messages (max_msgs) of stream {}", limit.stream),
              "it refuses new messages (discard: new)",
              "its consumers must drain it, or it needs a higher limit"};
    case Kind::kStreamBytes:
      break;
  }
  return {fmt::format("bytes (max_bytes) of stream {}", limit.stream),
          "it refuses new messages (discard: new)",
          "its consumers must drain it, or it needs a higher limit"};
}

}  // namespace

std::vector<LimitUse> limits_of_server(std::string_view varz) {
  struct Place {
    Kind kind;
    const char* used;
    const char* limit;
  };
  constexpr std::array<Place, 3> kPlaces{
      {{Kind::kConnections, "/connections", "/max_connections"},
       {Kind::kFile, "/jetstream/stats/storage", "/jetstream/config/max_storage"},
       {Kind::kMemory, "/jetstream/stats/memory", "/jetstream/config/max_memory"}}};
  const auto body = json::parse(varz, nullptr, false);
  std::vector<LimitUse> uses;
  if (!body.is_object())
    return uses;
  for (const Place& place : kPlaces) {
    const std::int64_t used = count_at(body, place.used);
    const std::int64_t limit = count_at(body, place.limit);
    if (limit > 0)
      uses.push_back({place.kind, "", used, limit, used >= limit});
  }
  return uses;
}

std::vector<LimitUse> limits_of_streams(const std::vector<StreamFacts>& streams) {
  std::vector<LimitUse> uses;
  for (const StreamFacts& stream : streams) {
    if (!stream.present || !stream.refuses_when_full)
      continue;
    if (stream.max_messages > 0)
      uses.push_back({Kind::kStreamMessages, stream.name, stream.messages, stream.max_messages,
                      stream.messages >= stream.max_messages});
    if (stream.max_bytes > 0)
      uses.push_back({Kind::kStreamBytes, stream.name, stream.bytes, stream.max_bytes,
                      lacks_room_for_average(stream.messages, stream.bytes, stream.max_bytes)});
  }
  return uses;
}

SpentState next(const SpentState& before, const LimitUse& use, TimePoint now) {
  if (use.spent)
    return {.spent = true, .below_since = std::nullopt};
  if (!before.spent)
    return {};
  if (used_share(use.used, use.limit) >= kClearShare)
    return {.spent = true, .below_since = std::nullopt};
  const TimePoint since = before.below_since.value_or(now);
  if (now - since >= kClearAfter)
    return {};
  return {.spent = true, .below_since = since};
}

Status status_of(const LimitFacts& limit) {
  if (limit.spent)
    return Status::kFail;
  return used_share(limit.used, limit.limit) >= kNearShare ? Status::kWarn : Status::kPass;
}

std::string sentence(const LimitFacts& limit) {
  const Words words = words_of(limit);
  const std::string used = fmt::format("{} {} are used", amount(limit), words.what);
  if (limit.spent && limit.clears)
    return fmt::format(
        "{}: they were used up, which counts until less than 95 % have been used for 10 s; {}",
        used, words.advice);
  if (limit.spent)
    return fmt::format("{}: {}; {}", used, words.refused, words.advice);
  const std::string soon = limit.full_in ? ", all of them in " + roughly(*limit.full_in) : "";
  return fmt::format("{}{}: then {}; {}", used, soon, words.refused, words.advice);
}

std::vector<LimitFacts> Limits::note(const std::vector<LimitUse>& uses, TimePoint now) {
  std::map<std::string, Known> known;
  std::vector<LimitFacts> facts;
  for (const LimitUse& use : uses) {
    const std::string key = key_of(use);
    Known& one = known[key] = std::move(known_[key]);
    one.state = next(one.state, use, now);
    DiskFacts left;
    left.free_bytes = use.limit - use.used;
    left.free_inodes = -1;
    one.trend.add(now, left);
    facts.push_back({.kind = use.kind,
                     .stream = use.stream,
                     .used = use.used,
                     .limit = use.limit,
                     .spent = one.state.spent,
                     .clears = one.state.below_since.has_value(),
                     .full_in = one.trend.forecast().bytes_gone_in});
  }
  known_ = std::move(known);
  return facts;
}

}  // namespace unified::health
