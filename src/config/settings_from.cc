#include "config/settings_from.h"

#include <map>

#include <fmt/format.h>

#include "base/parse.h"
#include "config/defaults.h"
#include "config/manifest_values.h"

namespace unified::config {
namespace {

std::vector<Secret> secret_list(const Values& values, std::string_view name) {
  std::vector<Secret> secrets;
  for (const std::string& text : values.list(name))
    secrets.emplace_back(text);
  return secrets;
}

ServerSettings server(const Values& values) {
  ServerSettings out;
  out.server_name = values.text("NATS_SERVER_NAME");
  out.host = values.text("NATS_HOST");
  out.port = values.small_number("NATS_PORT");
  out.http_host = values.text("NATS_HTTP_HOST");
  if (!values.boolean("MONITORING_ENABLED") && !is_loopback(out.http_host))
    out.http_host = "127.0.0.1";
  out.http_port = values.small_number("NATS_HTTP_PORT");
  out.client_advertise = values.text("NATS_CLIENT_ADVERTISE");
  out.server_bin = values.text("NATS_SERVER_BIN");
  out.config_file = values.text("NATS_CONFIG_FILE");
  out.conf_template = values.text("NATS_CONF_TEMPLATE");
  out.extra_config_file = values.text("NATS_EXTRA_CONFIG_FILE");
  out.run_dir = values.text("RUN_DIR");
  out.environment = values.word("ENVIRONMENT");
  return out;
}

LimitSettings limits(const Values& values) {
  LimitSettings out;
  out.max_connections = values.number("NATS_MAX_CONNECTIONS");
  out.max_subscriptions = values.number("NATS_MAX_SUBSCRIPTIONS");
  out.max_control_line = values.number("NATS_MAX_CONTROL_LINE");
  out.max_payload = values.number("NATS_MAX_PAYLOAD");
  out.max_pending = values.number("NATS_MAX_PENDING");
  out.write_deadline = values.duration("NATS_WRITE_DEADLINE");
  out.ping_interval = values.duration("NATS_PING_INTERVAL");
  out.ping_max = values.number("NATS_PING_MAX");
  return out;
}

JetStreamSettings jetstream(const Values& values) {
  JetStreamSettings out;
  out.enabled = values.boolean("JETSTREAM_ENABLED");
  out.store_dir = values.text("JETSTREAM_STORE_DIR");
  out.max_memory = values.number("JETSTREAM_MAX_MEMORY");
  out.max_file = values.number("JETSTREAM_MAX_FILE");
  out.domain = values.text("JETSTREAM_DOMAIN");
  out.sync_always = values.word("JETSTREAM_SYNC_INTERVAL") == "always";
  if (!out.sync_always && !values.is_empty("JETSTREAM_SYNC_INTERVAL"))
    out.sync_interval = values.duration("JETSTREAM_SYNC_INTERVAL");
  out.encryption_key = Secret{values.text("JETSTREAM_ENCRYPTION_KEY")};
  if (!out.encryption_key.empty())
    out.encryption_cipher = values.word("JETSTREAM_ENCRYPTION_CIPHER");
  out.upgrade_copy_meta = values.boolean("JETSTREAM_UPGRADE_COPY_META");
  return out;
}

ReconcileSettings reconcile(const Values& values) {
  const std::map<std::string, Allow> words{{"lossy", Allow::kLossy},
                                           {"irreversible", Allow::kIrreversible},
                                           {"recreate", Allow::kRecreate}};
  ReconcileSettings out;
  out.streams_file = values.text("STREAMS_FILE");
  for (const std::string& word : values.list("RECONCILE_ALLOW"))
    out.allow.push_back(words.at(to_lower(word)));
  out.interval = values.duration("RECONCILE_INTERVAL");
  out.restore_hold = values.duration("RESTORE_HOLD");
  out.init_timeout = values.duration("INIT_TIMEOUT");
  return out;
}

SupervisionSettings supervision(const Values& values) {
  const std::map<std::string, StopMode> modes{
      {"fast", StopMode::kFast}, {"lame-duck", StopMode::kLameDuck}, {"auto", StopMode::kAuto}};
  const std::map<std::string, RestartPolicy> policies{{"always", RestartPolicy::kAlways},
                                                      {"on-failure", RestartPolicy::kOnFailure},
                                                      {"never", RestartPolicy::kNever}};
  SupervisionSettings out;
  out.stop_mode = modes.at(values.word("STOP_MODE"));
  out.stop_timeout = values.duration("STOP_TIMEOUT");
  if (values.is_set("STOP_GRACE_PERIOD"))
    out.stop_grace_period = values.duration("STOP_GRACE_PERIOD");
  out.lame_duck_duration = values.duration("LAME_DUCK_DURATION");
  out.lame_duck_grace = values.duration("LAME_DUCK_GRACE");
  out.restart_policy = policies.at(values.word("RESTART_POLICY"));
  out.restart_max = values.small_number("RESTART_MAX");
  out.restart_window = values.duration("RESTART_WINDOW");
  out.reload_on_change = values.boolean("RELOAD_ON_CHANGE");
  out.connect_timeout = values.duration("NATS_CONNECT_TIMEOUT");
  out.max_reconnect = values.small_number("NATS_MAX_RECONNECT");
  out.own_server = values.boolean("AUTO_START_NATS");
  return out;
}

HealthSettings health(const Values& values) {
  HealthSettings out;
  out.enabled = values.boolean("HEALTH_CHECK_ENABLED");
  out.interval = values.duration("HEALTH_CHECK_INTERVAL");
  out.liveness_interval = values.duration("LIVENESS_INTERVAL");
  out.timeout = values.duration("HEALTH_CHECK_TIMEOUT");
  out.failures = values.small_number("HEALTH_CHECK_FAILURES");
  return out;
}

/// Only what is in force: a login that is set while auth is off stays out, as its warning says.
AuthSettings auth(const Values& values) {
  AuthSettings out;
  out.enabled = values.boolean("NATS_AUTH_ENABLED");
  if (!out.enabled)
    return out;
  out.username = values.text("NATS_AUTH_USERNAME");
  out.password = Secret{values.text("NATS_AUTH_PASSWORD")};
  out.token = Secret{values.text("NATS_AUTH_TOKEN")};
  return out;
}

TlsSettings tls(const Values& values) {
  TlsSettings out;
  out.enabled = values.boolean("NATS_TLS_ENABLED");
  out.cert = values.text("NATS_TLS_CERT");
  out.key = values.text("NATS_TLS_KEY");
  out.ca = values.text("NATS_TLS_CA");
  out.verify = values.boolean("NATS_TLS_VERIFY");
  out.client_cert = values.text("NATS_TLS_CLIENT_CERT");
  out.client_key = values.text("NATS_TLS_CLIENT_KEY");
  return out;
}

ClusterSettings cluster(const Values& values) {
  ClusterSettings out;
  out.enabled = values.boolean("NATS_CLUSTER_ENABLED");
  out.port = values.small_number("NATS_CLUSTER_PORT");
  out.host = values.text("NATS_CLUSTER_HOST");
  out.name = values.text("NATS_CLUSTER_NAME");
  out.routes = secret_list(values, "NATS_CLUSTER_ROUTES");
  out.advertise = values.text("NATS_CLUSTER_ADVERTISE");
  out.username = values.text("NATS_CLUSTER_USERNAME");
  out.password = Secret{values.text("NATS_CLUSTER_PASSWORD")};
  out.tls_enabled = values.boolean("NATS_CLUSTER_TLS_ENABLED");
  return out;
}

LogSettings logs(const Values& values) {
  const std::map<std::string, LogLevel> levels{
      {"trace", LogLevel::kTrace},      {"debug", LogLevel::kDebug},
      {"info", LogLevel::kInfo},        {"warn", LogLevel::kWarning},
      {"warning", LogLevel::kWarning},  {"error", LogLevel::kError},
      {"critical", LogLevel::kCritical}};
  LogSettings out;
  out.nats_log_file = values.text("NATS_LOG_FILE");
  if (out.nats_log_file == "none")
    out.nats_log_file.clear();
  out.nats_log_file_set = values.is_set("NATS_LOG_FILE");
  out.time = values.boolean("NATS_LOG_TIME");
  out.debug = values.boolean("NATS_DEBUG");
  out.trace = values.boolean("NATS_TRACE");
  out.level = levels.at(values.word("LOG_LEVEL"));
  out.format = values.word("LOG_FORMAT") == "json" ? LogFormat::kJson : LogFormat::kText;
  out.max_size = values.number("LOG_MAX_SIZE");
  out.max_file = values.small_number("LOG_MAX_FILE");
  return out;
}

}  // namespace

Settings settings_from(const Values& values) {
  Settings settings;
  settings.server = server(values);
  settings.limits = limits(values);
  settings.jetstream = jetstream(values);
  settings.reconcile = reconcile(values);
  settings.supervision = supervision(values);
  settings.health = health(values);
  settings.auth = auth(values);
  settings.tls = tls(values);
  settings.cluster = cluster(values);
  settings.logs = logs(values);
  settings.clients = {.urls = secret_list(values, "NATS_URL"),
                      .monitor_url = values.text("NATS_MONITOR_URL")};
  add_tables(values, settings);
  return settings;
}

}  // namespace unified::config
