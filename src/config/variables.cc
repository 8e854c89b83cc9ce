#include "config/variables.h"

#include <array>

#include <fmt/format.h>

namespace unified::config {
namespace {

using enum Type;

// One row a variable, one line a row where it fits: clang-format would put every cell on its own
// line.
// clang-format off
// NOLINTBEGIN(modernize-use-designated-initializers): the columns are named in variables.h

constexpr auto kGeneral = std::to_array<Variable>({
  {"ENVIRONMENT", kWord, "development", "development|testing|production", kAtStart,
   "shown in logs; production warns about insecure settings, but never refuses them"},
});

constexpr auto kServer = std::to_array<Variable>({
  {"NATS_SERVER_NAME", kName, "marketprism-nats-unified", "", kClassic | kOwnServer, "server_name; in a cluster the default gets -HOSTNAME appended"},
  {"NATS_HOST", kAddress, "0.0.0.0", "", kClassic | kOwnServer, "client listener"},
  {"NATS_PORT", kPort, "4222", "1..65535", kClassic | kOwnServer, "client port"},
  {"NATS_HTTP_PORT", kPort, "8222", "1..65535", kClassic, "monitoring port"},
  {"NATS_HTTP_HOST", kAddress, "", "", kOwnServer, "monitoring listener; default: NATS_HOST"},
  {"MONITORING_ENABLED", kBool, "true", "", kClassic | kOwnServer, "false binds monitoring to loopback only: the supervisor still needs it"},
  {"NATS_CLIENT_ADVERTISE", kHostPort, "", "", kReload | kOwnServer, "host:port that clients are told to connect to"},
  {"NATS_SERVER_BIN", kPath, "", "", kOwnServer, "the stock server; default: nats-server on PATH"},
  {"NATS_CONFIG_FILE", kPath, "", "", kOwnServer, "the rendered file, one for each broker, replaced only if it carries our marker; default: /app/nats.conf, else RUN_DIR/nats.conf"},
  {"NATS_CONF_TEMPLATE", kPath, "", "", kOwnServer, "template of the rendered file; default: the copy in the program"},
  {"NATS_EXTRA_CONFIG_FILE", kPath, "", "", kOwnServer, "included first (websocket, mqtt, leafnodes, accounts…); keys that we render are refused in it"},
  {"RUN_DIR", kPath, "", "", kAtStart, "control socket and state; default: /run/unified-nats, else below XDG_RUNTIME_DIR or /tmp"},
});

constexpr auto kLimits = std::to_array<Variable>({
  {"NATS_MAX_CONNECTIONS", kInt, "1000", "1..", kReload | kOwnServer, "client connections"},
  {"NATS_MAX_SUBSCRIPTIONS", kInt, "0", "0..", kOwnServer, "subscriptions a connection; 0: no limit, else at least 8, for our own"},
  {"NATS_MAX_CONTROL_LINE", kSize, "4096", "512..2147483647", kReload | kOwnServer, "longest protocol line; a client's login must fit"},
  {"NATS_MAX_PAYLOAD", kSize, "1MB", "1..64MB", kReload | kOwnServer, "largest message; at most NATS_MAX_PENDING"},
  {"NATS_MAX_PENDING", kSize, "64MB", "1..", kOwnServer, "bytes waiting for a slow client before it is disconnected"},
  {"NATS_WRITE_DEADLINE", kDuration, "10s", "1ms..", kReload | kOwnServer, "how long a write to a client may block"},
  {"NATS_PING_INTERVAL", kDuration, "2m", "100ms..", kReload | kOwnServer, "how often idle clients are pinged"},
  {"NATS_PING_MAX", kInt, "2", "1..1000000", kReload | kOwnServer, "unanswered pings before a client is disconnected"},
});

constexpr auto kJetStream = std::to_array<Variable>({
  {"JETSTREAM_ENABLED", kBool, "true", "", kClassic | kAtStart, "persistence; false: no streams"},
  {"JETSTREAM_STORE_DIR", kPath, "/data/jetstream", "", kClassic, "where messages are stored: put it on a volume"},
  {"JETSTREAM_MAX_MEMORY", kSize, "1GB", "0..", kClassic | kOwnServer, "memory for memory streams"},
  {"JETSTREAM_MAX_FILE", kSize, "10GB", "0..", kClassic | kOwnServer, "disk for file streams"},
  {"JETSTREAM_DOMAIN", kDomain, "", "", kOwnServer, "JetStream domain"},
  {"JETSTREAM_SYNC_INTERVAL", kSyncInterval, "", "1ms..|always", kOwnServer, "how often what is stored is synced to disk: a power loss costs the messages since then; default: the server's own (2m; 2.9 only knows its 1m). always: it costs none, at about 300 acknowledged messages a second instead of 4600 from one publisher, or 60000 with 50 on their way (measured on an ext4 disk of a 2-core machine, 256 bytes each)"},
  {"JETSTREAM_ENCRYPTION_KEY", kAnyText, "", "", kSecret | kOwnServer, "encrypts the store; a store can't be read without the key it was written with"},
  {"JETSTREAM_ENCRYPTION_CIPHER", kWord, "chacha", "aes|chacha", 0, "cipher of JETSTREAM_ENCRYPTION_KEY"},
  {"JETSTREAM_UPGRADE_COPY_META", kBool, "false", "", kOwnServer, "lets nats-server 2.10 and 2.11 start on an encrypted store of 2.9: every meta.* is copied aside first"},
});

constexpr std::string_view kEightDataTypes =
    "orderbook-data.>,trade-data.>,funding-rate-data.>,open-interest-data.>,lsr-top-position-data.>,"
    "lsr-all-account-data.>,volatility_index-data.>,liquidation-data.>";

constexpr auto kStream = std::to_array<Variable>({
  {"STREAMS_FILE", kPath, "", "", kReload, "the manifest, or a preset's name; default: /app/config/streams.yaml if present, else the copy in the program"},
  {"STREAM_NAME", kStreamName, "MARKET_DATA", "", kClassic | kManifest | kReload, "name of the default stream"},
  {"STREAM_SUBJECTS", kSubjects, kEightDataTypes, "", kManifest | kReload, "subjects of the default stream"},
  {"STREAM_MAX_CONSUMERS", kInt, "50", "-1..2147483647", kClassic | kManifest | kReload, "consumers; -1: no limit"},
  {"STREAM_MAX_MSGS", kInt, "1000000", "-1..", kClassic | kManifest | kReload, "stored messages; -1: no limit"},
  {"STREAM_MAX_BYTES", kSize, "1073741824", "-1|0..", kClassic | kManifest | kReload, "stored bytes; -1: no limit"},
  {"STREAM_MAX_AGE", kDuration, "7200", "0|100ms..", kClassic | kManifest | kReload, "how long messages are kept; 0: for ever"},
  {"STREAM_MAX_MSG_SIZE", kSize, "-1", "-1|0..2147483647", kManifest | kReload, "largest stored message; -1: no limit of its own"},
  {"STREAM_MAX_MSGS_PER_SUBJECT", kInt, "-1", "-1..", kManifest | kReload, "stored messages of each subject; -1: no limit of its own"},
  {"STREAM_REPLICAS", kWord, "1", "1|3|5", kManifest | kReload, "copies of the stream; more than 1 needs the cluster"},
  {"STREAM_DUPLICATE_WINDOW", kDuration, "300", "100ms..", kManifest | kReload, "how long message ids are remembered; default: 300 or STREAM_MAX_AGE if that is less"},
  {"RETENTION_POLICY", kWord, "limits", "limits|interest|workqueue", kManifest | kReload, "when messages are removed"},
  {"DISCARD_POLICY", kWord, "old", "old|new", kManifest | kReload, "what a full stream does: drop the oldest, or refuse the new"},
  {"STORAGE_TYPE", kWord, "file", "file|memory", kManifest | kReload, "where messages are kept"},
  {"STREAM_COMPRESSION", kWord, "none", "none|s2", kManifest | kReload, "compression on disk, on servers that know it (2.10)"},
  {"RECONCILE_ALLOW", kWords, "", "lossy|irreversible|recreate", kAtStart, "what a reconcile may do beyond safe changes"},
  {"RECONCILE_INTERVAL", kDuration, "", "0|1s..365d", 0, "drift detection; 0: only at start; default: HEALTH_CHECK_INTERVAL"},
  {"RESTORE_HOLD", kDuration, "1h", "1s..365d", 0, "how long drift repair leaves a stream alone that somebody restores"},
});

constexpr auto kLifecycle = std::to_array<Variable>({
  {"INIT_TIMEOUT", kDuration, "60", "1s..365d", 0, "server ready and streams in place; over: stay up, not ready, keep trying"},
  {"NATS_CONNECT_TIMEOUT", kDuration, "10", "100ms..365d", 0, "one connection attempt of our own client"},
  {"NATS_MAX_RECONNECT", kInt, "10", "-1..1000000", 0, "attempts of one-shot commands; the supervisor's own connection never gives up"},
  {"STOP_MODE", kWord, "auto", "fast|lame-duck|auto", kOwnServer, "lame-duck: clients are sent away before a stop; auto: in a cluster"},
  {"STOP_TIMEOUT", kDuration, "8", "1s..365d", kOwnServer, "whole stop, escalation included; must fit the container's own stop timeout (Docker: 10); default: 8, with lame duck 25"},
  {"STOP_GRACE_PERIOD", kDuration, "", "1s..365d", kOwnServer | kAtStart, "what the container is given to stop before it is killed, for a warning when STOP_TIMEOUT does not fit; default: Docker's 10, Kubernetes' 30"},
  {"LAME_DUCK_DURATION", kDuration, "30s", "30s..365d", kOwnServer, "how long clients are sent away"},
  {"LAME_DUCK_GRACE", kDuration, "10s", "1ms..365d", kOwnServer, "wait before the first client is sent away; less than LAME_DUCK_DURATION"},
  {"RESTART_POLICY", kWord, "on-failure", "always|on-failure|never", kOwnServer, "restart of nats-server in place"},
  {"RESTART_MAX", kInt, "10", "0..1000000", kOwnServer, "failures within RESTART_WINDOW without a ready in between before we exit"},
  {"RESTART_WINDOW", kDuration, "600", "1s..365d", kOwnServer, "see RESTART_MAX"},
  {"RELOAD_ON_CHANGE", kBool, "false", "", kAtStart, "reload by itself when .env, the manifest, a certificate or another file of the configuration changes"},
  {"AUTO_START_NATS", kBool, "true", "", kAtStart, "false: start no nats-server, be the sidecar of the one at NATS_URL: its streams, its health"},
});

constexpr auto kHealth = std::to_array<Variable>({
  {"HEALTH_CHECK_ENABLED", kBool, "true", "", kClassic | kAtStart, "periodic checks"},
  {"HEALTH_CHECK_INTERVAL", kDuration, "60", "1s..365d", kClassic | kAtStart, "the periodic report"},
  {"HEALTH_CHECK_TIMEOUT", kDuration, "10", "100ms..365d", 0, "one check"},
  {"LIVENESS_INTERVAL", kDuration, "10", "1s..365d", kOwnServer, "how often a hung server is looked for"},
  {"HEALTH_CHECK_FAILURES", kInt, "6", "0..1000000", kOwnServer, "liveness failures in a row before a hung server is restarted; 0: never"},
  {"SILENCE_ALERT_AFTER", kList, "", "", kLater, "subject=duration, …: alarm when a subject stops flowing"},
});

constexpr auto kAuth = std::to_array<Variable>({
  {"NATS_AUTH_ENABLED", kBool, "false", "", kReload, "true needs a user name and password, or a token"},
  {"NATS_AUTH_USERNAME", kAnyText, "", "", kReload, "user mode"},
  {"NATS_AUTH_PASSWORD", kPassword, "", "", kSecret | kReload, "user mode: plain, or a whole bcrypt hash"},
  {"NATS_AUTH_TOKEN", kToken, "", "", kSecret | kReload, "token mode: plain"},
});

constexpr auto kTls = std::to_array<Variable>({
  {"NATS_TLS_ENABLED", kBool, "false", "", kReload, "TLS for clients; needs NATS_TLS_CERT and NATS_TLS_KEY"},
  {"NATS_TLS_CERT", kPath, "", "", kReload, "certificate (PEM)"},
  {"NATS_TLS_KEY", kPath, "", "", kReload, "its key (PEM)"},
  {"NATS_TLS_CA", kPath, "", "", kReload, "certificate authority (PEM)"},
  {"NATS_TLS_VERIFY", kBool, "false", "", kReload | kOwnServer, "true: clients must show a certificate; needs NATS_TLS_CA"},
  {"NATS_TLS_CLIENT_CERT", kPath, "", "", 0, "certificate of our own client; default: NATS_TLS_CERT"},
  {"NATS_TLS_CLIENT_KEY", kPath, "", "", 0, "its key; default: NATS_TLS_KEY"},
});

constexpr auto kCluster = std::to_array<Variable>({
  {"NATS_CLUSTER_ENABLED", kBool, "false", "", kOwnServer, "run as one node of a cluster"},
  {"NATS_CLUSTER_PORT", kPort, "6222", "1..65535", kClassic | kOwnServer, "route port"},
  {"NATS_CLUSTER_HOST", kAddress, "", "", kOwnServer, "route listener; default: NATS_HOST"},
  {"NATS_CLUSTER_NAME", kName, "marketprism-cluster", "", kOwnServer, "the same on every node"},
  {"NATS_CLUSTER_ROUTES", kRoutes, "", "nats|nats-route", kUserinfo | kReload | kOwnServer, "the other nodes: nats://host:6222, …"},
  {"NATS_CLUSTER_ADVERTISE", kHostPort, "", "", kReload | kOwnServer, "host:port that the other nodes are told"},
  {"NATS_CLUSTER_USERNAME", kAnyText, "", "", kReload | kOwnServer, "route login"},
  {"NATS_CLUSTER_PASSWORD", kRoutePassword, "", "", kSecret | kReload | kOwnServer, "route login: plain, because we send it"},
  {"NATS_CLUSTER_TLS_ENABLED", kBool, "false", "", kReload | kOwnServer, "TLS for routes, with the NATS_TLS_* files"},
});

constexpr auto kLogs = std::to_array<Variable>({
  {"NATS_LOG_FILE", kPath, "/var/log/nats/nats.log", "", kClassic | kOwnServer, "rotated copy of the server's log; none: only to stdout"},
  {"NATS_LOG_TIME", kBool, "true", "", kReload | kOwnServer, "time stamps in the server's log"},
  {"NATS_DEBUG", kBool, "false", "", kClassic | kReload | kOwnServer, "the server's debug log"},
  {"NATS_TRACE", kBool, "false", "", kClassic | kReload | kOwnServer, "the server's protocol trace"},
  {"LOG_LEVEL", kWord, "info", "trace|debug|info|warn|warning|error|critical", kAtStart, "the supervisor's own log"},
  {"DEBUG_MODE", kBool, "false", "", kAtStart, "true: LOG_LEVEL's default is debug"},
  {"VERBOSE_LOGGING", kBool, "false", "", kAtStart, "true: LOG_LEVEL's default is debug"},
  {"LOG_FORMAT", kWord, "text", "text|json", kAtStart, "of the supervisor's own log"},
  {"LOG_MAX_SIZE", kDockerSize, "50m", "1..", kOwnServer, "NATS_LOG_FILE is rotated at this size: nats.log, nats.1.log, …"},
  {"LOG_MAX_FILE", kInt, "5", "1..1000", kOwnServer, "files of NATS_LOG_FILE that are kept, with the one in use"},
});

constexpr auto kOperations = std::to_array<Variable>({
  {"PROMETHEUS_ENABLED", kBool, "false", "", kLater, "metrics for Prometheus"},
  {"PROMETHEUS_PORT", kPort, "7777", "1..65535", kLaterPart, "/metrics"},
  {"PROMETHEUS_HOST", kAddress, "0.0.0.0", "", kLaterPart, "metrics listener"},
  {"METRICS_PREFIX", kDomain, "gnatsd", "", kLaterPart, "the exporter's naming layout: gnatsd, nats, …"},
  {"API_ENABLED", kBool, "false", "", kLater, "REST over TCP; it always answers on the control socket"},
  {"API_PORT", kPort, "8085", "1..65535", kLaterPart, "REST port"},
  {"API_HOST", kAddress, "127.0.0.1", "", kLaterPart, "REST listener"},
  {"API_TOKEN", kText, "", "", kSecret | kLaterPart, "bearer token; required when API_HOST is not loopback"},
  {"ALERT_WEBHOOK_URL", kUrl, "", "http|https", kSecret | kLater, "alerts as JSON"},
  {"ALERT_SLACK_WEBHOOK", kUrl, "", "http|https", kSecret | kLater, "alerts for Slack"},
  {"ALERT_EMAIL", kList, "", "", kLater, "alerts by mail: addresses"},
  {"ALERT_EMAIL_FROM", kText, "", "", kLaterPart, "sender of the mails"},
  {"ALERT_SMTP_URL", kUrl, "", "smtp|smtps", kSecret | kLaterPart, "mail server"},
  {"ALERT_SMTP_USERNAME", kText, "", "", kLaterPart, "login at the mail server"},
  {"ALERT_SMTP_PASSWORD", kText, "", "", kSecret | kLaterPart, "login at the mail server"},
  {"ALERT_COOLDOWN", kDuration, "5m", "0..365d", kLaterPart, "shortest time between two alerts of a kind"},
});

constexpr auto kClients = std::to_array<Variable>({
  {"NATS_URL", kUrls, "", "nats|tls", kUserinfo, "where one-shot commands connect, and the sidecar of AUTO_START_NATS=false; default: the listener"},
  {"NATS_MONITOR_URL", kUrl, "", "http|https", kUserinfo | kAtStart, "the same for monitoring; default: the listener"},
  {"NATS_CLIENT_NAME", kText, "unified-collector", "", kOther, "read by the collector"},
});

constexpr auto kBackup = std::to_array<Variable>({
  {"BACKUP_ENABLED", kBool, "false", "", kLater, "periodic backups"},
  {"BACKUP_INTERVAL", kDuration, "3600", "1s..365d", kLaterPart, "time between backups"},
  {"BACKUP_RETENTION_DAYS", kInt, "7", "1..1000000", kLaterPart, "how long backups are kept"},
  {"BACKUP_DIR", kPath, "", "", kLaterPart, "where backups go"},
});

constexpr auto kCompose = std::to_array<Variable>({
  {"BUILD_DATE", kText, "", "", kComposeOnly, "image label"},
  {"VCS_REF", kText, "", "", kComposeOnly, "image label"},
  {"VERSION", kText, "", "", kComposeOnly, "image label"},
  {"MEMORY_LIMIT", kText, "", "", kComposeOnly, "container memory, 4G"},
  {"CPU_LIMIT", kText, "", "", kComposeOnly, "container processors, 2.0"},
  {"MEMORY_RESERVATION", kText, "", "", kComposeOnly, "container memory, 1G"},
  {"CPU_RESERVATION", kText, "", "", kComposeOnly, "container processors, 0.5"},
  {"NETWORK_SUBNET", kText, "", "", kComposeOnly, "address range of marketprism-network"},
  {"DATA_DIR", kText, "./data", "", kComposeOnly, "host folder of the store"},
  {"LOG_DIR", kText, "./logs", "", kComposeOnly, "host folder of the logs"},
  {"PERFORMANCE_MONITORING", kText, "", "", kComposeOnly, "known, without effect"},
  {"TZ", kText, "", "", kComposeOnly, "time zone of the logs"},
  {"CONTAINER_NAME", kText, "", "", kComposeOnly, "name of the container"},
});

constexpr auto kOtherServices = std::to_array<Variable>({
  {"DATA_COLLECTOR_PORT", kText, "", "", kOther, "read by the collector"},
  {"HEALTH_CHECK_PORT", kText, "", "", kOther, "read by the collector"},
  {"METRICS_PORT", kText, "", "", kOther, "read by the collector"},
});

constexpr auto kGroups = std::to_array<Group>({
  {"General", kGeneral},
  {"Server", kServer},
  {"Limits", kLimits},
  {"JetStream", kJetStream},
  {"Default stream", kStream},
  {"Start, stop, restart", kLifecycle},
  {"Health", kHealth},
  {"Auth", kAuth},
  {"TLS", kTls},
  {"Cluster", kCluster},
  {"Logs", kLogs},
  {"Metrics, API, alerts", kOperations},
  {"Clients", kClients},
  {"Backup", kBackup},
  {"Compose only", kCompose},
  {"Other services", kOtherServices},
});

// NOLINTEND(modernize-use-designated-initializers)
// clang-format on

std::string_view type_name(Type type) {
  switch (type) {
    case kBool:
      return "bool";
    case kInt:
      return "int";
    case kSize:
    case kDockerSize:
      return "size";
    case kDuration:
    case kSyncInterval:
      return "duration";
    case kPort:
      return "port";
    case kWords:
    case kList:
    case kSubjects:
      return "list";
    case kPath:
      return "path";
    case kAddress:
      return "address";
    case kHostPort:
      return "host:port";
    case kUrl:
      return "URL";
    case kUrls:
    case kRoutes:
      return "list of URLs";
    case kName:
    case kDomain:
    case kStreamName:
      return "name";
    case kText:
    case kWord:
    case kAnyText:
    case kPassword:
    case kToken:
    case kRoutePassword:
      break;
  }
  return "string";
}

}  // namespace

std::span<const Group> variable_groups() {
  return kGroups;
}

const Variable* find_variable(std::string_view name) {
  for (const Group& group : kGroups)
    for (const Variable& variable : group.variables)
      if (variable.name == name)
        return &variable;
  return nullptr;
}

std::vector<std::string_view> variable_names() {
  std::vector<std::string_view> names;
  for (const Group& group : kGroups)
    for (const Variable& variable : group.variables)
      names.push_back(variable.name);
  return names;
}

std::string type_text(const Variable& variable) {
  if (variable.type == kWord)
    return std::string{variable.rule};
  if (variable.rule.empty() || variable.type == kPort)
    return std::string{type_name(variable.type)};
  return fmt::format("{} {}", type_name(variable.type), variable.rule);
}

}  // namespace unified::config
