#include "render/extra_config.h"

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>

#include "render/conf_keys.h"

namespace unified::render {
namespace {

struct RefusedKey {
  std::string_view name;
  std::string_view instead;  ///< the variable to set; empty: there is none, `why` says the reason
  std::string_view why;
};

constexpr std::string_view kLog = "the supervisor reads the server's log from stderr";
constexpr std::string_view kMonitoring = "the supervisor watches the server there";

// Every spelling that nats-server knows (server/opts.go, processConfigFileLine).
constexpr auto kRefused = std::to_array<RefusedKey>({
    {"listen", "NATS_HOST and NATS_PORT", ""},
    {"host", "NATS_HOST", ""},
    {"net", "NATS_HOST", ""},
    {"port", "NATS_PORT", ""},
    {"server_name", "NATS_SERVER_NAME", ""},
    {"client_advertise", "NATS_CLIENT_ADVERTISE", ""},
    {"http", "NATS_HTTP_HOST and NATS_HTTP_PORT", ""},
    {"http_port", "NATS_HTTP_PORT", ""},
    {"monitor_port", "NATS_HTTP_PORT", ""},
    {"https", "", kMonitoring},
    {"https_port", "", kMonitoring},
    {"http_base_path", "", kMonitoring},
    {"debug", "NATS_DEBUG", ""},
    {"trace", "NATS_TRACE", ""},
    {"logtime", "NATS_LOG_TIME", ""},
    {"log_file", "NATS_LOG_FILE", ""},
    {"logfile", "NATS_LOG_FILE", ""},
    {"log_size_limit", "LOG_MAX_SIZE", ""},
    {"logfile_size_limit", "LOG_MAX_SIZE", ""},
    {"log_max_num", "LOG_MAX_FILE", ""},
    {"logfile_max_num", "LOG_MAX_FILE", ""},
    {"syslog", "", kLog},
    {"remote_syslog", "", kLog},
    {"pid_file", "", "the supervisor knows the server's pid"},
    {"pidfile", "", "the supervisor knows the server's pid"},
    {"ports_file_dir", "", "the supervisor knows the server's ports"},
    {"jetstream", "JETSTREAM_*", ""},
    {"store_dir", "JETSTREAM_STORE_DIR", ""},
    {"storedir", "JETSTREAM_STORE_DIR", ""},
    {"default_js_domain", "JETSTREAM_DOMAIN", ""},
    {"authorization", "NATS_AUTH_*", ""},
    {"tls", "NATS_TLS_*", ""},
    {"cluster", "NATS_CLUSTER_*", ""},
    {"max_connections", "NATS_MAX_CONNECTIONS", ""},
    {"max_conn", "NATS_MAX_CONNECTIONS", ""},
    {"max_subscriptions", "NATS_MAX_SUBSCRIPTIONS", ""},
    {"max_subs", "NATS_MAX_SUBSCRIPTIONS", ""},
    {"max_control_line", "NATS_MAX_CONTROL_LINE", ""},
    {"max_payload", "NATS_MAX_PAYLOAD", ""},
    {"max_pending", "NATS_MAX_PENDING", ""},
    {"write_deadline", "NATS_WRITE_DEADLINE", ""},
    {"ping_interval", "NATS_PING_INTERVAL", ""},
    {"ping_max", "NATS_PING_MAX", ""},
    {"lame_duck_duration", "LAME_DUCK_DURATION", ""},
    {"lame_duck_grace_period", "LAME_DUCK_GRACE", ""},
    {"no_header_support", "", "JetStream needs headers"},
});

std::string refusal(const ConfKey& key, const RefusedKey& refused, const std::string& file) {
  const std::string reason = refused.instead.empty()
                                 ? fmt::format("is not possible: {}", refused.why)
                                 : fmt::format("comes from {}", refused.instead);
  return fmt::format("{}:{}: \"{}\" {}", file, key.line, key.name, reason);
}

}  // namespace

Result<void> check_extra_config(std::string_view text, const std::string& file) {
  const auto keys = top_level_keys(text, file);
  if (!keys)
    return keys.error();
  std::string message;
  for (const ConfKey& key : *keys) {
    const auto* const refused = std::ranges::find(kRefused, key.name, &RefusedKey::name);
    if (refused != kRefused.end())
      message += (message.empty() ? "" : "; ") + refusal(key, *refused, file);
  }
  if (!message.empty())
    return Error{message};
  return {};
}

Result<void> check_extra_config(std::string_view text,
                                const std::string& file,
                                const config::Settings& settings,
                                ServerVersion version) {
  if (auto checked = check_extra_config(text, file); !checked)
    return checked;
  const auto keys = top_level_keys(text, file);
  const auto accounts = std::ranges::find(*keys, "accounts", &ConfKey::name);
  if (settings.auth.enabled && version < ServerVersion{2, 10, 0} && accounts != keys->end())
    return Error{
        fmt::format("{}:{}: \"accounts\" beside NATS_AUTH_ENABLED lets clients in without a "
                    "password on nats-server {}: put all users "
                    "into accounts and NATS_AUTH_ENABLED=false, or use nats-server 2.10 or newer",
                    file, accounts->line, to_text(version))};
  return {};
}

}  // namespace unified::render
