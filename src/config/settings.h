#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/secret.h"

namespace unified::config {

using Duration = std::chrono::nanoseconds;

struct ServerSettings {
  std::string server_name;
  std::string host;  ///< client listener
  int port = 0;
  std::string http_host;  ///< monitoring listener; 127.0.0.1 when MONITORING_ENABLED=false
  int http_port = 0;
  std::string client_advertise;  ///< empty: none
  std::string server_bin;        ///< as set; empty: nats-server on PATH
  std::string
      config_file;  ///< as set; empty: the shell chooses (/app/nats.conf, else RUN_DIR/nats.conf)
  std::string conf_template;      ///< empty: the copy in the binary
  std::string extra_config_file;  ///< empty: none
  std::string run_dir;            ///< as set; empty: the shell chooses
  std::string environment;        ///< development, testing, production
};

struct LimitSettings {
  std::int64_t max_connections = 0;
  std::int64_t max_subscriptions = 0;  ///< 0: none
  std::int64_t max_control_line = 0;
  std::int64_t max_payload = 0;
  std::int64_t max_pending = 0;
  Duration write_deadline{};
  Duration ping_interval{};
  std::int64_t ping_max = 0;
};

struct JetStreamSettings {
  bool enabled = true;
  std::string store_dir;
  std::int64_t max_memory = 0;
  std::int64_t max_file = 0;
  std::string domain;                     ///< empty: none
  std::optional<Duration> sync_interval;  ///< unset: the server's default
  bool sync_always = false;
  Secret encryption_key;  ///< empty: not encrypted
  std::string encryption_cipher;
  bool upgrade_copy_meta = false;
};

enum class Allow : std::uint8_t { kLossy, kIrreversible, kRecreate };

struct ReconcileSettings {
  std::string streams_file;  ///< path or preset; empty: /app/config/streams.yaml if present, else
                             ///< the built-in manifest
  std::vector<Allow> allow;
  Duration interval{};  ///< 0: only at start
  Duration restore_hold{};
  Duration init_timeout{};
};

enum class StopMode : std::uint8_t { kFast, kLameDuck, kAuto };
enum class RestartPolicy : std::uint8_t { kAlways, kOnFailure, kNever };

struct SupervisionSettings {
  StopMode stop_mode = StopMode::kAuto;
  Duration stop_timeout{};
  std::optional<Duration> stop_grace_period;  ///< the runtime's; unset: its usual one
  Duration lame_duck_duration{};
  Duration lame_duck_grace{};
  RestartPolicy restart_policy = RestartPolicy::kOnFailure;
  int restart_max = 0;
  Duration restart_window{};
  bool reload_on_change = false;
  Duration connect_timeout{};
  int max_reconnect = 0;
  bool own_server = true;  ///< AUTO_START_NATS; false: we are the sidecar of NATS_URL's server
};

struct HealthSettings {
  bool enabled = true;
  Duration interval{};
  Duration liveness_interval{};
  Duration timeout{};
  int failures = 0;
};

struct AuthSettings {
  bool enabled = false;
  std::string username;  ///< user mode: both set, token empty
  Secret password;       ///< plain, or a whole bcrypt hash
  Secret token;          ///< token mode
  [[nodiscard]] bool uses_token() const { return enabled && !token.empty(); }
  [[nodiscard]] bool uses_password() const { return enabled && token.empty(); }
};

struct TlsSettings {
  bool enabled = false;
  std::string cert;
  std::string key;
  std::string ca;
  bool verify = false;
  std::string client_cert;
  std::string client_key;
};

struct ClusterSettings {
  bool enabled = false;
  int port = 0;
  std::string host;
  std::string name;
  std::vector<Secret> routes;  ///< URLs; Secret because of their userinfo
  std::string advertise;
  std::string username;
  Secret password;
  bool tls_enabled = false;
};

enum class LogLevel : std::uint8_t { kTrace, kDebug, kInfo, kWarning, kError, kCritical };
enum class LogFormat : std::uint8_t { kText, kJson };

struct LogSettings {
  std::string nats_log_file;       ///< empty: stdout only
  bool nats_log_file_set = false;  ///< set by the user: not writable = error, else warning
  bool time = true;
  bool debug = false;
  bool trace = false;
  LogLevel level = LogLevel::kInfo;
  LogFormat format = LogFormat::kText;
  std::int64_t max_size = 0;
  int max_file = 0;
};

struct ClientSettings {
  std::vector<Secret> urls;  ///< NATS_URL; empty: derived from the listener
  std::string monitor_url;   ///< empty: derived
};

/// One row of `config`: what a variable is and who said so.
struct EffectiveValue {
  std::string name;
  std::string value;   ///< as written, or the default's text; `***` for a secret that is set
  std::string origin;  ///< `default`, `.env:12`, `environment`, `argument`
};

/// The whole configuration: typed, valid, secrets wrapped. Made only by config::load.
struct Settings {
  ServerSettings server;
  LimitSettings limits;
  JetStreamSettings jetstream;
  ReconcileSettings reconcile;
  SupervisionSettings supervision;
  HealthSettings health;
  AuthSettings auth;
  TlsSettings tls;
  ClusterSettings cluster;
  LogSettings logs;
  ClientSettings clients;

  std::vector<EffectiveValue> values;  ///< every variable of the table, in the table's order

  /// What a manifest may write as ${NAME}: the text of every variable of the table that is not a
  /// secret.
  std::map<std::string, std::string> manifest_variables;
  /// Those of them that are lists (`${STREAM_SUBJECTS}` alone becomes a sequence).
  std::map<std::string, std::vector<std::string>> manifest_lists;
  /// STREAM_* and their like that were set (not defaulted): unused by the manifest = a warning.
  std::vector<std::string> manifest_variables_set;
  /// Every secret's text, for the Scrubber.
  std::vector<std::string> secrets;
};

}  // namespace unified::config
