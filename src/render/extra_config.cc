#include "render/extra_config.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "render/conf_keys.h"
#include "render/own_login.h"

namespace unified::render {
namespace {

constexpr ServerVersion kAccountsAreSafe{.major = 2, .minor = 10, .patch = 0};

struct RefusedKey {
  std::string_view name;
  std::string reason;
};

RefusedKey set_by(std::string_view name, std::string_view variables) {
  return RefusedKey{.name = name, .reason = fmt::format("comes from {}", variables)};
}

RefusedKey never(std::string_view name, std::string_view why) {
  return RefusedKey{.name = name, .reason = fmt::format("is not possible: {}", why)};
}

/// Every spelling that nats-server knows (server/opts.go, processConfigFileLine).
std::vector<RefusedKey> refused_keys() {
  constexpr std::string_view kLog = "the supervisor reads the server's log from stderr";
  constexpr std::string_view kMonitoring = "the supervisor watches the server there";
  return {
      set_by("listen", "NATS_HOST and NATS_PORT"),
      set_by("host", "NATS_HOST"),
      set_by("net", "NATS_HOST"),
      set_by("port", "NATS_PORT"),
      set_by("server_name", "NATS_SERVER_NAME"),
      set_by("client_advertise", "NATS_CLIENT_ADVERTISE"),
      set_by("http", "NATS_HTTP_HOST and NATS_HTTP_PORT"),
      set_by("http_port", "NATS_HTTP_PORT"),
      set_by("monitor_port", "NATS_HTTP_PORT"),
      never("https", kMonitoring),
      never("https_port", kMonitoring),
      never("http_base_path", kMonitoring),
      set_by("debug", "NATS_DEBUG"),
      set_by("trace", "NATS_TRACE"),
      set_by("logtime", "NATS_LOG_TIME"),
      set_by("log_file", "NATS_LOG_FILE"),
      set_by("logfile", "NATS_LOG_FILE"),
      set_by("log_size_limit", "LOG_MAX_SIZE"),
      set_by("logfile_size_limit", "LOG_MAX_SIZE"),
      set_by("log_max_num", "LOG_MAX_FILE"),
      set_by("logfile_max_num", "LOG_MAX_FILE"),
      never("syslog", kLog),
      never("remote_syslog", kLog),
      never("pid_file", "the supervisor knows the server's pid"),
      never("pidfile", "the supervisor knows the server's pid"),
      never("ports_file_dir", "the supervisor knows the server's ports"),
      set_by("jetstream", "JETSTREAM_*"),
      set_by("store_dir", "JETSTREAM_STORE_DIR"),
      set_by("storedir", "JETSTREAM_STORE_DIR"),
      set_by("default_js_domain", "JETSTREAM_DOMAIN"),
      set_by("authorization", "NATS_AUTH_*"),
      set_by("tls", "NATS_TLS_*"),
      set_by("cluster", "NATS_CLUSTER_*"),
      set_by("max_connections", "NATS_MAX_CONNECTIONS"),
      set_by("max_conn", "NATS_MAX_CONNECTIONS"),
      set_by("max_subscriptions", "NATS_MAX_SUBSCRIPTIONS"),
      set_by("max_subs", "NATS_MAX_SUBSCRIPTIONS"),
      set_by("max_control_line", "NATS_MAX_CONTROL_LINE"),
      set_by("max_payload", "NATS_MAX_PAYLOAD"),
      set_by("max_pending", "NATS_MAX_PENDING"),
      set_by("write_deadline", "NATS_WRITE_DEADLINE"),
      set_by("ping_interval", "NATS_PING_INTERVAL"),
      set_by("ping_max", "NATS_PING_MAX"),
      set_by("lame_duck_duration", "LAME_DUCK_DURATION"),
      set_by("lame_duck_grace_period", "LAME_DUCK_GRACE"),
      never("no_header_support", "JetStream needs headers"),
  };
}

}  // namespace

Result<void> check_extra_config(std::string_view text, const std::string& file) {
  const auto keys = top_level_keys(text, file);
  if (!keys)
    return keys.error();
  const std::vector<RefusedKey> table = refused_keys();
  std::string message;
  for (const ConfKey& key : *keys) {
    const auto refused = std::ranges::find(table, key.name, &RefusedKey::name);
    if (refused != table.end())
      message += fmt::format("{}{}:{}: \"{}\" {}", message.empty() ? "" : "; ", file, key.line,
                             key.name, refused->reason);
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
  const auto entries = read_conf(text, file);
  if (!entries)
    return entries.error();
  const auto accounts = std::ranges::find(*entries, "accounts",
                                          [](const ConfEntry& entry) { return entry.key.name; });
  if (settings.auth.enabled && version < kAccountsAreSafe && accounts != entries->end())
    return Error{
        fmt::format("{}:{}: \"accounts\" beside NATS_AUTH_ENABLED lets clients in without "
                    "a password on nats-server {}: take the accounts out, or use "
                    "nats-server 2.10 or newer",
                    file, accounts->key.line, to_text(version))};
  if (auto fault = own_login_fault(*entries, file, settings))
    return Error{*std::move(fault)};
  return {};
}

}  // namespace unified::render
