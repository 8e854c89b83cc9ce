#include "render/settings_view.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/bcrypt.h"
#include "render/route_url.h"

namespace unified::render {
namespace {

using Texts = std::vector<std::string>;
using Literals = std::vector<Literal>;
using config::Settings;

constexpr ServerVersion kKnowsSyncInterval{.major = 2, .minor = 10, .patch = 0};

Texts text_if_any(const std::string& text) {
  return text.empty() ? Texts{} : Texts{text};
}

/// The address as `listen` and `http` take it; an IPv6 one gets its brackets.
std::string host_port(const std::string& host, int port) {
  const bool bare_ipv6 = host.find(':') != std::string::npos && !host.starts_with('[');
  return bare_ipv6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

/// nats-server takes every include path as relative to the including file, absolute ones too, and
/// we don't know where that file will be: climbing more often than any path is deep ends at the
/// root, lexically and in the kernel.
std::string include_path(const std::string& absolute) {
  constexpr int kDeeperThanAnyPath = 64;
  std::string path;
  for (int i = 0; i < kDeeperThanAnyPath; ++i)
    path += "../";
  return path + absolute.substr(1);
}

bool needs_escape(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return c == '"' || c == '\\' || byte < 0x20 || byte == 0x7F;
}

Result<void> add_extra_config(const Settings& settings, View& view) {
  const std::string& file = settings.server.extra_config_file;
  Texts include;
  if (!file.empty()) {
    if (file.front() != '/')
      return Error{"cannot include NATS_EXTRA_CONFIG_FILE: not an absolute path"};
    if (std::ranges::any_of(file, needs_escape))
      return Error{
          "cannot include NATS_EXTRA_CONFIG_FILE: nats-server takes no double quote, backslash or "
          "control character in "
          "the path of an include"};
    include.push_back(include_path(file));
  }
  view.emplace("extra_config", include);
  return {};
}

void add_server(const Settings& settings, View& view) {
  const config::ServerSettings& server = settings.server;
  view.emplace("server_name", server.server_name);
  view.emplace("listen", host_port(server.host, server.port));
  view.emplace("http", host_port(server.http_host, server.http_port));
  view.emplace("client_advertise", text_if_any(server.client_advertise));
  view.emplace("debug", Literal::boolean(settings.logs.debug));
  view.emplace("trace", Literal::boolean(settings.logs.trace));
  view.emplace("logtime", Literal::boolean(settings.logs.time));
}

void add_limits(const Settings& settings, View& view) {
  const config::LimitSettings& limits = settings.limits;
  view.emplace("max_connections", Literal::number(limits.max_connections));
  view.emplace("max_subscriptions", limits.max_subscriptions > 0
                                        ? Literals{Literal::number(limits.max_subscriptions)}
                                        : Literals{});
  view.emplace("max_control_line", Literal::number(limits.max_control_line));
  view.emplace("max_payload", Literal::number(limits.max_payload));
  view.emplace("max_pending", Literal::number(limits.max_pending));
  view.emplace("write_deadline", Literal::duration(limits.write_deadline));
  view.emplace("ping_interval", Literal::duration(limits.ping_interval));
  view.emplace("ping_max", Literal::number(limits.ping_max));
}

/// Only what differs from the server's own defaults: not every version takes every value.
void add_lame_duck(const Settings& settings, View& view) {
  using std::chrono_literals::operator""min;
  using std::chrono_literals::operator""s;
  const config::Duration duration = settings.supervision.lame_duck_duration;
  const config::Duration grace = settings.supervision.lame_duck_grace;
  view.emplace("lame_duck_duration",
               duration == 2min ? Literals{} : Literals{Literal::duration(duration)});
  view.emplace("lame_duck_grace_period",
               grace == 10s ? Literals{} : Literals{Literal::duration(grace)});
}

Result<void> add_jetstream(const Settings& settings, ServerVersion version, View& view) {
  const config::JetStreamSettings& jetstream = settings.jetstream;
  Texts sync;
  if (jetstream.sync_always)
    sync.emplace_back("always");
  else if (jetstream.sync_interval)
    sync.push_back(go_duration(*jetstream.sync_interval));
  if (jetstream.enabled && !sync.empty() && version < kKnowsSyncInterval)
    return Error{fmt::format(
        "cannot render JETSTREAM_SYNC_INTERVAL: nats-server {} does not know it, {} and newer do",
        to_text(version), to_text(kKnowsSyncInterval))};
  const bool encrypted = !jetstream.encryption_key.empty();
  view.emplace("jetstream", Flag{jetstream.enabled});
  view.emplace("store_dir", jetstream.store_dir);
  view.emplace("max_memory_store", Literal::number(jetstream.max_memory));
  view.emplace("max_file_store", Literal::number(jetstream.max_file));
  view.emplace("jetstream_domain", text_if_any(jetstream.domain));
  view.emplace("sync_interval", sync);
  view.emplace("encryption_key", text_if_any(jetstream.encryption_key.reveal()));
  view.emplace("encryption_cipher", encrypted ? text_if_any(jetstream.encryption_cipher) : Texts{});
  return {};
}

Result<void> check_auth(const Settings& settings, const InternalUser& internal) {
  const std::string& password = settings.auth.password.reveal();
  if (settings.auth.uses_token() && has_bcrypt_shape(settings.auth.token.reveal()))
    return Error{
        "cannot render NATS_AUTH_TOKEN: nats-server takes a value of this shape as a bcrypt hash, "
        "and the supervisor "
        "needs the token itself to log in"};
  if (!settings.auth.uses_password())
    return {};
  if (has_bcrypt_shape(password) && !is_bcrypt_hash(password))
    return Error{
        "cannot render NATS_AUTH_PASSWORD: nats-server takes a value of this shape as a bcrypt "
        "hash, but it is not a "
        "complete one (60 characters, cost 04 to 31)"};
  if (internal.name.empty() || internal.password.empty())
    return Error{"cannot render the internal user: name or password missing"};
  if (internal.name == settings.auth.username)
    return Error{"cannot render NATS_AUTH_USERNAME: the name is used by the supervisor itself"};
  return {};
}

Result<void> add_auth(const Settings& settings, const InternalUser& internal, View& view) {
  if (auto checked = check_auth(settings, internal); !checked)
    return checked;
  view.emplace("auth_token",
               settings.auth.uses_token() ? Texts{settings.auth.token.reveal()} : Texts{});
  view.emplace("auth_users", Flag{settings.auth.uses_password()});
  view.emplace("auth_user", settings.auth.username);
  view.emplace("auth_password", settings.auth.password.reveal());
  view.emplace("internal_user", internal.name);
  view.emplace("internal_password", internal.password.reveal());
  return {};
}

void add_tls(const Settings& settings, View& view) {
  view.emplace("tls", Flag{settings.tls.enabled});
  view.emplace("tls_cert", settings.tls.cert);
  view.emplace("tls_key", settings.tls.key);
  view.emplace("tls_ca", text_if_any(settings.tls.ca));
  view.emplace("tls_verify", Literal::boolean(settings.tls.verify));
}

Result<void> add_cluster(const Settings& settings, View& view) {
  const config::ClusterSettings& cluster = settings.cluster;
  const std::string& password = cluster.password.reveal();
  if (cluster.enabled && has_bcrypt_shape(password))
    return Error{
        "cannot render NATS_CLUSTER_PASSWORD: nats-server takes a value of this shape as a bcrypt "
        "hash, and every node "
        "needs the password itself to log in at the others"};
  Texts routes;
  for (const Secret& route : cluster.routes)
    routes.push_back(with_credentials(route.reveal(), cluster.username, password));
  view.emplace("cluster", Flag{cluster.enabled});
  view.emplace("cluster_name", cluster.name);
  view.emplace("cluster_listen", host_port(cluster.host, cluster.port));
  view.emplace("cluster_advertise", text_if_any(cluster.advertise));
  view.emplace("cluster_auth", Flag{!cluster.username.empty()});
  view.emplace("cluster_user", cluster.username);
  view.emplace("cluster_password", password);
  view.emplace("cluster_has_routes", Flag{!routes.empty()});
  view.emplace("cluster_routes", routes);
  view.emplace("cluster_tls", Flag{cluster.tls_enabled});
  return {};
}

}  // namespace

Result<View> settings_view(const Settings& settings,
                           ServerVersion version,
                           const InternalUser& internal) {
  View view;
  add_server(settings, view);
  add_limits(settings, view);
  add_lame_duck(settings, view);
  add_tls(settings, view);
  if (auto added = add_extra_config(settings, view); !added)
    return added.error();
  if (auto added = add_jetstream(settings, version, view); !added)
    return added.error();
  if (auto added = add_auth(settings, internal, view); !added)
    return added.error();
  if (auto added = add_cluster(settings, view); !added)
    return added.error();
  return view;
}

}  // namespace unified::render
