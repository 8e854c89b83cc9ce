// The rules of the limits: lowering one drops what is above it at once, inside the UPDATE (facts
// §1).
#include <algorithm>
#include <chrono>
#include <limits>

#include <fmt/format.h>

#include "base/parse.h"
#include "jetstream/classify.h"
#include "jetstream/fields.h"
#include "jetstream/rfc3339.h"
#include "jetstream/server_releases.h"

namespace unified::jetstream {
namespace {

constexpr std::int64_t kUnlimited = std::numeric_limits<std::int64_t>::max();

/// -1 and 0 mean no limit in every limit field.
std::int64_t limit_of(const nlohmann::json& value) {
  const auto number = value.get<std::int64_t>();
  return number <= 0 ? kUnlimited : number;
}

std::int64_t declared_or_actual(const FieldContext& context, std::string_view name, bool declared) {
  return limit_of(
      value_in(*find_field(name), declared ? context.spec.config : context.state.config));
}

/// The limit that the update would carry if nothing lossy is in it.
std::int64_t wider_limit(const FieldContext& context, std::string_view name) {
  const std::int64_t actual = declared_or_actual(context, name, false);
  if (!context.spec.config.contains(name))
    return actual;
  return std::max(actual, declared_or_actual(context, name, true));
}

bool will_discard_new(const FieldContext& context) {
  // The server keeps a sealed stream at `new`, whatever is declared.
  if (value_in(*find_field("sealed"), context.state.config) == true)
    return true;
  const Field& discard = *find_field("discard");
  const auto& config =
      context.spec.config.contains("discard") ? context.spec.config : context.state.config;
  return value_in(discard, config) == "new";
}

std::int64_t bytes_over_in_messages(const StreamState& state, std::int64_t limit) {
  if (state.bytes <= limit || state.bytes <= 0)
    return 0;
  const double share = static_cast<double>(state.bytes - limit) / static_cast<double>(state.bytes);
  const auto estimate = static_cast<std::int64_t>(share * static_cast<double>(state.messages)) + 1;
  return std::clamp<std::int64_t>(estimate, 1, std::max<std::int64_t>(1, state.messages));
}

Verdict lossy(std::string at_stake) {
  return {.change = Change::kLossy, .at_stake = std::move(at_stake), .why = {}};
}

/// 2.10 keeps what is stored when discard is `new`, and refuses every publish until enough is gone.
Verdict publishes_stop(const FieldContext& context, std::string_view now) {
  return {.change = Change::kLossy,
          .at_stake = fmt::format("every new message ({} stored)", now),
          .why = fmt::format("with discard: new, nats-server {} keeps what is stored and refuses "
                             "every publish until the stream is below the limit",
                             to_text(context.version))};
}

bool keeps_stored(const FieldContext& context) {
  return context.version >= k210 && will_discard_new(context);
}

}  // namespace

Verdict classify_max_msgs(const FieldContext& context) {
  const std::int64_t limit = limit_of(context.to);
  const std::int64_t stored = context.state.messages;
  if (stored <= limit)
    return {};
  if (keeps_stored(context))
    return publishes_stop(context, fmt::format("{} messages", stored));
  return lossy(fmt::format("{} of {} messages", stored - limit, stored));
}

Verdict classify_max_bytes(const FieldContext& context) {
  const std::int64_t limit = limit_of(context.to);
  const StreamState& state = context.state;
  if (state.bytes <= limit)
    return {};
  if (keeps_stored(context))
    return publishes_stop(context, format_bytes(state.bytes));
  return lossy(fmt::format("about {} of {} messages ({} stored)",
                           bytes_over_in_messages(state, limit), state.messages,
                           format_bytes(state.bytes)));
}

Verdict classify_max_age(const FieldContext& context) {
  const std::int64_t age = context.to.get<std::int64_t>();
  const std::int64_t stored = context.state.messages;
  const std::int64_t before = context.from.get<std::int64_t>();
  if (age == 0 || stored == 0 || (before != 0 && age >= before))
    return {};
  const auto first = parse_rfc3339(context.state.first_ts);
  const auto last = parse_rfc3339(context.state.last_ts);
  if (!first || !last)
    return lossy(fmt::format("up to {0:} of {0:} messages", stored));
  if (context.now_unix_ns - *last >= age)
    return lossy(fmt::format("all {} messages", stored));
  if (context.now_unix_ns - *first >= age)
    return lossy(
        fmt::format("up to {} of {} messages", std::max<std::int64_t>(1, stored - 1), stored));
  // None is old enough yet, but each would be gone before its time; how quickly somebody restarts
  // must not decide.
  return lossy(fmt::format("{0:} of {0:} messages expire sooner", stored));
}

Verdict classify_max_msgs_per_subject(const FieldContext& context) {
  const std::int64_t limit = limit_of(context.to);
  const std::int64_t before = limit_of(context.from);
  const std::int64_t stored = context.state.messages;
  // With one subject that holds everything, the worst case, that much would go.
  if (limit >= before || stored <= limit)
    return {};
  return lossy(fmt::format("up to {} of {} messages", stored - limit, stored));
}

Verdict classify_discard(const FieldContext& context) {
  if (context.to != "old")
    return {};
  // 2.10 lets a stream with discard: new stand above its limits; the switch to old drops the excess
  // at once.
  const std::int64_t messages = context.state.messages;
  const std::int64_t by_count = messages - std::min(messages, wider_limit(context, "max_msgs"));
  const std::int64_t by_bytes =
      bytes_over_in_messages(context.state, wider_limit(context, "max_bytes"));
  if (by_count == 0 && by_bytes == 0)
    return {};
  if (by_bytes > by_count)
    return lossy(fmt::format("about {} of {} messages", by_bytes, messages));
  return lossy(fmt::format("{} of {} messages", by_count, messages));
}

}  // namespace unified::jetstream
