#include "config/cross_checks.h"

#include <array>
#include <vector>

#include <fmt/format.h>

#include "base/parse.h"
#include "config/defaults.h"

namespace unified::config {
namespace {

struct Listener {
  std::string_view port;
  std::string_view enabled_by;  ///< empty: always
};
// NOLINTBEGIN(modernize-use-designated-initializers): a table
constexpr std::array<Listener, 5> kListeners{{
    {"NATS_PORT", ""},
    {"NATS_HTTP_PORT", ""},
    {"NATS_CLUSTER_PORT", "NATS_CLUSTER_ENABLED"},
    {"PROMETHEUS_PORT", "PROMETHEUS_ENABLED"},
    {"API_PORT", "API_ENABLED"},
}};
// NOLINTEND(modernize-use-designated-initializers)

void check_port_pair(const Values& values,
                     std::string_view first,
                     std::string_view second,
                     Findings& findings) {
  if (values.number(first) != values.number(second))
    return;
  const bool blame_second = values.is_set(second) || !values.is_set(first);
  const std::string_view blamed = blame_second ? second : first;
  const std::string_view other = blame_second ? first : second;
  findings.error(
      blamed,
      fmt::format("the same port as {}: every listener needs its own", mention(values, other)),
      {other});
}

/// `name` must not exceed `limit`.
void check_at_most(const Values& values,
                   std::string_view name,
                   std::string_view limit,
                   Findings& findings) {
  if (values.number(name) > values.number(limit))
    findings.error(name,
                   fmt::format("more than {}, \"{}\": at most that is accepted",
                               mention(values, limit), values.text(limit)),
                   {limit});
}

struct OwnNeed {
  std::string_view name;
  std::int64_t with_jetstream;
  std::int64_t without;  ///< 0: any
  std::string_view what;
};
// NOLINTBEGIN(modernize-use-designated-initializers): a table
/// Below these the supervisor's own connection can't work on any nats-server, by experiment with
/// 2.9.10, 2.10.27 and 2.15.1 (where more is needed, for long answers, its refusal is told when it
/// comes): 7 subscriptions to advisories and one for answers; the greeting, and the answer about
/// one stream with one subject, both of 2.9.10 with a server_name of one letter; the request for
/// the streams' names.
constexpr std::array<OwnNeed, 3> kOwnNeeds{{
    {"NATS_MAX_SUBSCRIPTIONS", 8, 0, "subscriptions of the supervisor's own connection"},
    {"NATS_MAX_PENDING", 704, 244, "bytes that nats-server's answers to the supervisor take"},
    {"NATS_MAX_PAYLOAD", 12, 0, "bytes of the supervisor's shortest request"},
}};
// NOLINTEND(modernize-use-designated-initializers)

/// A broker that its own supervisor can't ask anything would never be ready.
void check_own_needs(const Values& values, Findings& findings) {
  const bool jetstream = values.boolean("JETSTREAM_ENABLED");
  for (const OwnNeed& need : kOwnNeeds) {
    const std::int64_t least = jetstream ? need.with_jetstream : need.without;
    const std::int64_t given = values.number(need.name);
    const bool no_limit = given == 0 && need.name == "NATS_MAX_SUBSCRIPTIONS";
    if (!no_limit && given < least)
      findings.error(need.name, fmt::format("too low: {} {}, so that this broker would never be "
                                            "ready; raise it, or leave it to its default",
                                            least, need.what));
  }
}

std::string_view storage_limit(const Values& values) {
  return values.word("STORAGE_TYPE") == "memory" ? "JETSTREAM_MAX_MEMORY" : "JETSTREAM_MAX_FILE";
}

void check_room(const Values& values, std::string_view limit, Findings& findings) {
  if (values.number(limit) == 0)
    findings.error(limit,
                   fmt::format("leaves no room for the stream: STORAGE_TYPE is {}",
                               values.word("STORAGE_TYPE")),
                   {"STORAGE_TYPE"});
  else if (values.number("STREAM_MAX_BYTES") > 0 && !values.at("STORAGE_TYPE").faulty)
    check_at_most(values, "STREAM_MAX_BYTES", limit, findings);
}

struct Dependent {
  std::string_view name;
  std::string_view enabled_by;
};
// NOLINTBEGIN(modernize-use-designated-initializers): a table
constexpr std::array<Dependent, 12> kDependents{{
    {"NATS_AUTH_USERNAME", "NATS_AUTH_ENABLED"},
    {"NATS_AUTH_PASSWORD", "NATS_AUTH_ENABLED"},
    {"NATS_AUTH_TOKEN", "NATS_AUTH_ENABLED"},
    {"NATS_TLS_VERIFY", "NATS_TLS_ENABLED"},
    {"NATS_CLUSTER_ROUTES", "NATS_CLUSTER_ENABLED"},
    {"NATS_CLUSTER_USERNAME", "NATS_CLUSTER_ENABLED"},
    {"NATS_CLUSTER_PASSWORD", "NATS_CLUSTER_ENABLED"},
    {"NATS_CLUSTER_ADVERTISE", "NATS_CLUSTER_ENABLED"},
    {"NATS_CLUSTER_TLS_ENABLED", "NATS_CLUSTER_ENABLED"},
    {"JETSTREAM_DOMAIN", "JETSTREAM_ENABLED"},
    {"JETSTREAM_SYNC_INTERVAL", "JETSTREAM_ENABLED"},
    {"JETSTREAM_ENCRYPTION_KEY", "JETSTREAM_ENABLED"},
}};
// NOLINTEND(modernize-use-designated-initializers)

bool asks_for_something(const Value& value) {
  return value.set && (value.variable->type != Type::kBool || parse_bool(value.text) == true);
}

void check_log_switches(const Values& values, Findings& findings) {
  for (const char* name : {"DEBUG_MODE", "VERBOSE_LOGGING"})
    if (values.boolean(name) && values.is_set("LOG_LEVEL"))
      findings.warning(name, fmt::format("has no effect: {} decides", mention(values, "LOG_LEVEL")),
                       {"LOG_LEVEL"});
}

}  // namespace

void check_listeners(const Values& values, Findings& findings) {
  std::vector<std::string_view> ports;
  for (const Listener& listener : kListeners)
    if (listener.enabled_by.empty() || values.boolean(listener.enabled_by))
      ports.push_back(listener.port);
  for (std::size_t i = 0; i < ports.size(); ++i)
    for (std::size_t k = i + 1; k < ports.size(); ++k)
      check_port_pair(values, ports[i], ports[k], findings);
  if (values.boolean("API_ENABLED") && !is_loopback(values.text("API_HOST")) &&
      !values.is_set("API_TOKEN"))
    findings.error("API_TOKEN", "required when API_HOST is not loopback", {"API_HOST"});
}

void check_limits(const Values& values, Findings& findings) {
  check_at_most(values, "NATS_MAX_PAYLOAD", "NATS_MAX_PENDING", findings);
  if (values.boolean("AUTO_START_NATS"))
    check_own_needs(values, findings);
  if (values.number("LAME_DUCK_GRACE") >= values.number("LAME_DUCK_DURATION"))
    findings.error("LAME_DUCK_GRACE",
                   fmt::format("must be less than {}", mention(values, "LAME_DUCK_DURATION")),
                   {"LAME_DUCK_DURATION"});
}

void check_streams(const Values& values, Findings& findings) {
  if (!values.boolean("JETSTREAM_ENABLED"))
    return;
  const bool own_server = values.boolean("AUTO_START_NATS");
  if (own_server)
    check_room(values, storage_limit(values), findings);
  if (values.number("STREAM_MAX_AGE") > 0)
    check_at_most(values, "STREAM_DUPLICATE_WINDOW", "STREAM_MAX_AGE", findings);
  // Whether another's server is one of a cluster shows when it answers: the plan refuses then.
  if (own_server && values.number("STREAM_REPLICAS") > 1 && !values.boolean("NATS_CLUSTER_ENABLED"))
    findings.error("STREAM_REPLICAS",
                   "more than one copy needs NATS_CLUSTER_ENABLED=true: nats-server 2.9 and 2.10 "
                   "accept it alone and lose the stream at the next start",
                   {"NATS_CLUSTER_ENABLED"});
}

void check_machine(const Values& values, const Host& host, Findings& findings) {
  if (!values.boolean("JETSTREAM_ENABLED"))
    return;
  const auto memory = host.memory_limit();
  if (memory && values.number("JETSTREAM_MAX_MEMORY") > *memory)
    findings.warning("JETSTREAM_MAX_MEMORY",
                     fmt::format("more than the {} of memory here", format_bytes(*memory)));
  const auto disk = host.disk_capacity(values.text("JETSTREAM_STORE_DIR"));
  if (disk && values.number("JETSTREAM_MAX_FILE") > *disk)
    findings.warning(
        "JETSTREAM_MAX_FILE",
        fmt::format("more than the {} of disk for JETSTREAM_STORE_DIR", format_bytes(*disk)),
        {"JETSTREAM_STORE_DIR"});
}

void check_ineffective(const Values& values, Findings& findings) {
  for (const auto& [name, enabled_by] : kDependents)
    if (asks_for_something(values.at(name)) && !values.boolean(enabled_by))
      findings.warning(name, fmt::format("has no effect while {} is false", enabled_by),
                       {enabled_by});
  const bool files_used =
      values.boolean("NATS_TLS_ENABLED") || values.boolean("NATS_CLUSTER_TLS_ENABLED");
  for (const char* name : {"NATS_TLS_CERT", "NATS_TLS_KEY"})
    if (values.is_set(name) && !files_used)
      findings.warning(name, "has no effect while NATS_TLS_ENABLED is false", {"NATS_TLS_ENABLED"});
  if (values.is_set("JETSTREAM_ENCRYPTION_CIPHER") && !values.is_set("JETSTREAM_ENCRYPTION_KEY"))
    findings.warning("JETSTREAM_ENCRYPTION_CIPHER",
                     "has no effect without JETSTREAM_ENCRYPTION_KEY");
  if (values.boolean("JETSTREAM_UPGRADE_COPY_META") && !values.is_set("JETSTREAM_ENCRYPTION_KEY"))
    findings.warning("JETSTREAM_UPGRADE_COPY_META",
                     "has no effect without JETSTREAM_ENCRYPTION_KEY");
  const std::string& http_host = values.text("NATS_HTTP_HOST");
  if (!values.boolean("MONITORING_ENABLED") && values.is_set("NATS_HTTP_HOST") &&
      !is_loopback(http_host))
    findings.warning("NATS_HTTP_HOST",
                     "has no effect: MONITORING_ENABLED=false binds monitoring to 127.0.0.1",
                     {"MONITORING_ENABLED"});
  check_log_switches(values, findings);
}

void check_production(const Values& values, Findings& findings) {
  if (values.word("ENVIRONMENT") != "production" || is_loopback(values.text("NATS_HOST")))
    return;
  if (!values.boolean("NATS_AUTH_ENABLED"))
    findings.warning(
        "NATS_AUTH_ENABLED",
        "INSECURE in production: whoever reaches NATS_HOST may read and write everything");
  if (!values.boolean("NATS_TLS_ENABLED"))
    findings.warning("NATS_TLS_ENABLED",
                     "INSECURE in production: messages and logins cross the network in clear text");
}

}  // namespace unified::config
