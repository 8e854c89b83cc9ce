#include "config/defaults.h"

#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "base/parse.h"

namespace unified::config {
namespace {

/// A default may move only if nobody set it and what it would follow is right.
bool may_follow(const Values& values, std::string_view name, std::string_view other) {
  return !values.is_set(name) && !values.at(other).faulty;
}

void follow(Values& values, std::string_view name, std::string_view other) {
  if (may_follow(values, name, other))
    values.replace_default(name, values.text(other), fmt::format("as {}", other));
}

/// `smaller` ≤ `larger`: the one that was not set gives way.
void keep_below(Values& values, std::string_view smaller, std::string_view larger) {
  if (values.number(smaller) <= values.number(larger))
    return;
  if (may_follow(values, smaller, larger))
    values.replace_default(smaller, values.text(larger), fmt::format("limited by {}", larger));
  else if (may_follow(values, larger, smaller))
    values.replace_default(larger, values.text(smaller), fmt::format("raised for {}", smaller));
}

void settle_hosts(Values& values) {
  follow(values, "NATS_HTTP_HOST", "NATS_HOST");
  follow(values, "NATS_CLUSTER_HOST", "NATS_HOST");
  if (!values.boolean("MONITORING_ENABLED") && !values.is_set("NATS_HTTP_HOST"))
    values.replace_default("NATS_HTTP_HOST", "127.0.0.1", "as MONITORING_ENABLED is false");
}

void settle_server_name(Values& values, const std::string& hostname) {
  if (!values.boolean("NATS_CLUSTER_ENABLED") || values.is_set("NATS_SERVER_NAME") ||
      hostname.empty())
    return;
  values.replace_default("NATS_SERVER_NAME",
                         fmt::format("{}-{}", values.text("NATS_SERVER_NAME"), hostname),
                         "with the host name in a cluster");
}

void settle_stream_age(Values& values) {
  constexpr std::string_view kAge = "STREAM_MAX_AGE";
  constexpr std::string_view kWindow = "STREAM_DUPLICATE_WINDOW";
  if (values.number(kAge) > 0)  // 0 is for ever
    keep_below(values, kWindow, kAge);
}

void settle_stream_bytes(Values& values) {
  if (!values.boolean("JETSTREAM_ENABLED") || values.at("STORAGE_TYPE").faulty)
    return;
  const std::string_view limit =
      values.word("STORAGE_TYPE") == "memory" ? "JETSTREAM_MAX_MEMORY" : "JETSTREAM_MAX_FILE";
  // A limit of 0 leaves no room at all, while 0 bytes of a stream are no limit: that is for the
  // cross checks to say.
  if (values.number("STREAM_MAX_BYTES") > 0 && values.number(limit) > 0)
    keep_below(values, "STREAM_MAX_BYTES", limit);
}

void settle_lame_duck(Values& values) {
  const bool too_short = values.number("LAME_DUCK_GRACE") >= values.number("LAME_DUCK_DURATION");
  if (!too_short || !may_follow(values, "LAME_DUCK_DURATION", "LAME_DUCK_GRACE"))
    return;
  const Duration twice = 2 * values.duration("LAME_DUCK_GRACE");
  values.replace_default("LAME_DUCK_DURATION", format_duration(twice),
                         "raised for LAME_DUCK_GRACE");
}

void settle_stop_timeout(Values& values) {
  const std::string mode = values.word("STOP_MODE");
  const bool lame_duck =
      mode == "lame-duck" || (mode == "auto" && values.boolean("NATS_CLUSTER_ENABLED"));
  if (lame_duck && !values.is_set("STOP_TIMEOUT"))
    values.replace_default("STOP_TIMEOUT", "25", "as clients are sent away first (STOP_MODE)");
}

void settle_log_level(Values& values) {
  for (const char* name : {"DEBUG_MODE", "VERBOSE_LOGGING"})
    if (values.boolean(name) && !values.is_set("LOG_LEVEL"))
      values.replace_default("LOG_LEVEL", "debug", fmt::format("as {} is true", name));
}

}  // namespace

void settle_defaults(Values& values, const std::string& hostname) {
  settle_hosts(values);
  settle_server_name(values, hostname);
  follow(values, "RECONCILE_INTERVAL", "HEALTH_CHECK_INTERVAL");
  keep_below(values, "NATS_MAX_PAYLOAD", "NATS_MAX_PENDING");
  settle_stream_age(values);
  settle_stream_bytes(values);
  settle_lame_duck(values);
  settle_stop_timeout(values);
  settle_log_level(values);
}

bool is_loopback(std::string_view host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

}  // namespace unified::config
