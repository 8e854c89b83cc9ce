#include "settings_from_json.h"

#include <chrono>
#include <functional>
#include <map>
#include <string>

#include "base/parse.h"

namespace unified::render {
namespace {

using nlohmann::json;
using Setter = std::function<void(config::Settings&, const json&)>;

config::Duration duration(const json& value) {
  return parse_duration(value.get<std::string>()).value();
}

std::vector<Secret> secrets(const json& value) {
  std::vector<Secret> list;
  for (const json& element : value)
    list.emplace_back(element.get<std::string>());
  return list;
}

const std::map<std::string, Setter>& setters() {
  using config::Settings;
  static const std::map<std::string, Setter> table{
      {"server.server_name", [](Settings& s, const json& v) { s.server.server_name = v; }},
      {"server.host", [](Settings& s, const json& v) { s.server.host = v; }},
      {"server.port", [](Settings& s, const json& v) { s.server.port = v; }},
      {"server.http_host", [](Settings& s, const json& v) { s.server.http_host = v; }},
      {"server.http_port", [](Settings& s, const json& v) { s.server.http_port = v; }},
      {"server.client_advertise",
       [](Settings& s, const json& v) { s.server.client_advertise = v; }},
      {"server.extra_config_file",
       [](Settings& s, const json& v) { s.server.extra_config_file = v; }},
      {"limits.max_connections", [](Settings& s, const json& v) { s.limits.max_connections = v; }},
      {"limits.max_subscriptions",
       [](Settings& s, const json& v) { s.limits.max_subscriptions = v; }},
      {"limits.max_control_line",
       [](Settings& s, const json& v) { s.limits.max_control_line = v; }},
      {"limits.max_payload", [](Settings& s, const json& v) { s.limits.max_payload = v; }},
      {"limits.max_pending", [](Settings& s, const json& v) { s.limits.max_pending = v; }},
      {"limits.write_deadline",
       [](Settings& s, const json& v) { s.limits.write_deadline = duration(v); }},
      {"limits.ping_interval",
       [](Settings& s, const json& v) { s.limits.ping_interval = duration(v); }},
      {"limits.ping_max", [](Settings& s, const json& v) { s.limits.ping_max = v; }},
      {"jetstream.enabled", [](Settings& s, const json& v) { s.jetstream.enabled = v; }},
      {"jetstream.store_dir", [](Settings& s, const json& v) { s.jetstream.store_dir = v; }},
      {"jetstream.domain", [](Settings& s, const json& v) { s.jetstream.domain = v; }},
      {"jetstream.sync_always", [](Settings& s, const json& v) { s.jetstream.sync_always = v; }},
      {"jetstream.sync_interval",
       [](Settings& s, const json& v) { s.jetstream.sync_interval = duration(v); }},
      {"jetstream.encryption_key",
       [](Settings& s, const json& v) {
         s.jetstream.encryption_key = Secret{v.get<std::string>()};
       }},
      {"jetstream.encryption_cipher",
       [](Settings& s, const json& v) { s.jetstream.encryption_cipher = v; }},
      {"supervision.lame_duck_duration",
       [](Settings& s, const json& v) { s.supervision.lame_duck_duration = duration(v); }},
      {"supervision.lame_duck_grace",
       [](Settings& s, const json& v) { s.supervision.lame_duck_grace = duration(v); }},
      {"auth.enabled", [](Settings& s, const json& v) { s.auth.enabled = v; }},
      {"auth.username", [](Settings& s, const json& v) { s.auth.username = v; }},
      {"auth.password",
       [](Settings& s, const json& v) { s.auth.password = Secret{v.get<std::string>()}; }},
      {"auth.token",
       [](Settings& s, const json& v) { s.auth.token = Secret{v.get<std::string>()}; }},
      {"tls.enabled", [](Settings& s, const json& v) { s.tls.enabled = v; }},
      {"tls.cert", [](Settings& s, const json& v) { s.tls.cert = v; }},
      {"tls.key", [](Settings& s, const json& v) { s.tls.key = v; }},
      {"tls.ca", [](Settings& s, const json& v) { s.tls.ca = v; }},
      {"tls.verify", [](Settings& s, const json& v) { s.tls.verify = v; }},
      {"cluster.enabled", [](Settings& s, const json& v) { s.cluster.enabled = v; }},
      {"cluster.host", [](Settings& s, const json& v) { s.cluster.host = v; }},
      {"cluster.port", [](Settings& s, const json& v) { s.cluster.port = v; }},
      {"cluster.name", [](Settings& s, const json& v) { s.cluster.name = v; }},
      {"cluster.routes", [](Settings& s, const json& v) { s.cluster.routes = secrets(v); }},
      {"cluster.advertise", [](Settings& s, const json& v) { s.cluster.advertise = v; }},
      {"cluster.username", [](Settings& s, const json& v) { s.cluster.username = v; }},
      {"cluster.password",
       [](Settings& s, const json& v) { s.cluster.password = Secret{v.get<std::string>()}; }},
      {"cluster.tls_enabled", [](Settings& s, const json& v) { s.cluster.tls_enabled = v; }},
      {"logs.debug", [](Settings& s, const json& v) { s.logs.debug = v; }},
      {"logs.trace", [](Settings& s, const json& v) { s.logs.trace = v; }},
      {"logs.time", [](Settings& s, const json& v) { s.logs.time = v; }},
  };
  return table;
}

}  // namespace

config::Settings default_settings() {
  using namespace std::chrono_literals;
  config::Settings settings;
  settings.server.server_name = "marketprism-nats-unified";
  settings.server.host = "0.0.0.0";
  settings.server.port = 4222;
  settings.server.http_host = "0.0.0.0";
  settings.server.http_port = 8222;
  settings.limits = {.max_connections = 1000,
                     .max_subscriptions = 0,
                     .max_control_line = 4096,
                     .max_payload = 1048576,
                     .max_pending = 67108864,
                     .write_deadline = 10s,
                     .ping_interval = 2min,
                     .ping_max = 2};
  settings.jetstream.store_dir = "/data/jetstream";
  settings.jetstream.max_memory = 1073741824;
  settings.jetstream.max_file = 10737418240;
  settings.supervision.lame_duck_duration = 30s;
  settings.supervision.lame_duck_grace = 10s;
  settings.cluster.host = "0.0.0.0";
  settings.cluster.port = 6222;
  settings.cluster.name = "marketprism-cluster";
  return settings;
}

config::Settings settings_from_json(const json& overrides) {
  config::Settings settings = default_settings();
  for (const auto& [name, value] : overrides.items())
    setters().at(name)(settings, value);
  return settings;
}

}  // namespace unified::render
