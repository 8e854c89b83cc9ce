#include "app/remote_server.h"

#include <utility>

#include <fmt/format.h>

#include "app/blocking.h"
#include "app/endpoints.h"
#include "base/parse.h"
#include "base/scrub.h"
#include "config/url.h"
#include "health/http/greeting.h"
#include "health/http/http_probe.h"
#include "jetstream/api_answers.h"
#include "jetstream/nats/module.h"

namespace unified::app {
namespace {

constexpr int kUsualPort = 4222;
constexpr int kUsualMonitorPort = 8222;

struct Place {
  std::string host;
  int port = 0;
};

/// `host`, `host:port`, `[v6]:port`; already judged by config::url_fault.
Place place_of(const std::string& host_port, int usual_port) {
  const bool bracketed = host_port.starts_with('[');
  const std::size_t end = bracketed ? host_port.find(']') : host_port.rfind(':');
  const std::size_t colon = bracketed ? host_port.find(':', end) : end;
  Place place{host_port.substr(0, colon), usual_port};
  if (bracketed)
    place.host = host_port.substr(1, end - 1);
  if (colon != std::string::npos)
    place.port = static_cast<int>(parse_int(host_port.substr(colon + 1)).value_or(usual_port));
  return place;
}

/// The configured listener as a URL, for a server on this machine that NATS_URL does not name.
std::string listener_url(const config::Settings& settings) {
  const std::string address =
      reachable_address(settings.server.host).ok() ? *reachable_address(settings.server.host) : "";
  const bool v6 = address.find(':') != std::string::npos;
  return fmt::format("{}://{}{}{}:{}", settings.tls.enabled ? "tls" : "nats", v6 ? "[" : "",
                     address, v6 ? "]" : "", settings.server.port);
}

/// What the server says first. `localhost` has two addresses, and a server may listen on one only.
Result<nlohmann::json> greet(const Place& place, std::chrono::milliseconds timeout) {
  const auto addresses = reachable_addresses(place.host);
  if (!addresses)
    return addresses.error();
  std::string causes;
  for (const std::string& address : *addresses) {
    const auto text = run_blocking(health::nats_greeting(address, place.port, timeout));
    if (text && *text)
      if (auto info = nlohmann::json::parse(**text, nullptr, false); info.is_object())
        return info;
    causes += (causes.empty() ? "" : "; ") +
              (text && !*text ? text->error().message : "the server's greeting is not JSON");
  }
  return Error{causes};
}

nats::ConnectOptions options_for(const config::Settings& settings,
                                 const std::string& url,
                                 const std::string& client) {
  nats::ConnectOptions options;
  options.url = url;
  options.name = "unified_entrypoint " + client;
  if (url.find('@') == std::string::npos && settings.auth.enabled) {
    options.user = settings.auth.username;
    options.password = settings.auth.password;
    options.token = settings.auth.token;
  }
  options.tls.enabled = settings.tls.enabled;
  if (!settings.tls.ca.empty())
    options.tls.trusted_files = {settings.tls.ca};
  else if (settings.tls.enabled)
    options.tls.trusted_files = {settings.tls.cert};
  options.tls.client_cert = settings.tls.client_cert;
  options.tls.client_key = settings.tls.client_key;
  options.timeout =
      std::chrono::duration_cast<std::chrono::milliseconds>(settings.supervision.connect_timeout);
  options.max_reconnect = settings.supervision.max_reconnect;
  return options;
}

/// By OpenSSL's words (3.0 and 3.5).
std::string tls_hint(const std::string& cause) {
  if (cause.find("ostname mismatch") != std::string::npos ||
      cause.find("IP address mismatch") != std::string::npos)
    return "; the server's certificate is for another name: put one that it carries into NATS_URL";
  if (cause.find("issuer certificate") != std::string::npos ||
      cause.find("self-signed cert") != std::string::npos ||
      cause.find("self signed cert") != std::string::npos)
    return "; NATS_TLS_CA must name the authority that signed the server's certificate (PEM)";
  return {};
}

Result<RemoteServer> connect_one(const config::Settings& settings,
                                 const nats::Module& module,
                                 const std::string& url,
                                 const std::string& client) {
  auto found = find_remote(settings, url, client);
  if (!found)
    return found.error();
  RemoteServer server;
  server.changes = std::make_shared<jetstream::ChangeLog>();
  nats::Callbacks callbacks;
  callbacks.on_advisory = [changes = server.changes](const std::string& subject,
                                                     const std::string& /*payload*/) {
    changes->note(subject);
  };
  auto connection = module.connect(found->connect, callbacks);
  if (!connection)
    return Error{connection.error().message + connect_hint(settings, connection.error().message)};
  server.connection = *std::move(connection);
  server.url = std::move(found->url);
  server.host = std::move(found->host);
  server.identity = std::move(found->identity);
  server.version = found->version;
  server.clustered = found->clustered;
  return server;
}

}  // namespace

Result<ServerIdentity> identity_in_varz(const std::string& body) {
  const auto varz = nlohmann::json::parse(body, nullptr, false);
  const std::string id = jetstream::text_at(varz, "server_id");
  if (id.empty())
    return Error{"its /varz is not that of a nats-server"};
  const nlohmann::json cluster = varz.value("cluster", nlohmann::json{});
  return ServerIdentity{id, jetstream::text_at(varz, "server_name"),
                        jetstream::text_at(cluster, "name")};
}

bool may_speak_for(const ServerIdentity& seen, const ServerIdentity& asked) {
  return asked.id.empty() || seen.id == asked.id ||
         (!asked.cluster.empty() && seen.cluster == asked.cluster);
}

std::string foreign_varz(const std::string& body,
                         const ServerIdentity& asked,
                         const std::string& where) {
  const auto seen = identity_in_varz(body);
  if (!seen)
    return seen.error().message;
  if (may_speak_for(*seen, asked))
    return {};
  return fmt::format(
      "that is the monitoring of another server ({}, server_id {}) than {} (server_id {}): set "
      "NATS_MONITOR_URL",
      seen->name, seen->id, where, asked.id);
}

Result<void> hear_changes(RemoteServer& server) {
  const std::string prefix = "$JS.EVENT.ADVISORY.STREAM.";
  return server.connection->subscribe_advisories(
      {prefix + "CREATED.>", prefix + "UPDATED.>", prefix + "DELETED.>"});
}

std::string connect_hint(const config::Settings& settings, const std::string& cause) {
  if (cause.find("SSL") != std::string::npos)
    return tls_hint(cause);
  if (cause.find("refuses the login") == std::string::npos)
    return {};
  if (settings.auth.enabled && settings.auth.password.reveal().starts_with("$2"))
    return "; NATS_AUTH_PASSWORD is a bcrypt hash, a client needs the password itself: "
           "USER:PASSWORD@ before the host";
  return "; the server wants another login: USER:PASSWORD@ or TOKEN@ before the host, or "
         "NATS_AUTH_ENABLED=true with NATS_AUTH_USERNAME and NATS_AUTH_PASSWORD, or "
         "NATS_AUTH_TOKEN";
}

Result<FoundServer> find_remote(const config::Settings& settings,
                                const std::string& url,
                                const std::string& client) {
  const auto parsed = config::parse_url(url);
  if (!parsed)
    return Error{"not a URL"};
  const Place place = place_of(parsed->host_port, kUsualPort);
  FoundServer found;
  found.connect = options_for(settings, url, client);
  found.connect.tls.expected_name = place.host;
  found.url = without_userinfo(url);
  found.host = place.host;
  const auto info = greet(place, found.connect.timeout);
  if (!info)
    return Error{fmt::format("{}: {}", found.url, info.error().message)};
  // A server that insists on TLS says so before it, to a nats:// URL, too; other clients follow.
  if (jetstream::is_set(*info, "tls_required"))
    found.connect.tls.enabled = true;
  found.identity = {jetstream::text_at(*info, "server_id"),
                    jetstream::text_at(*info, "server_name"), jetstream::text_at(*info, "cluster")};
  found.version =
      parse_server_version(jetstream::text_at(*info, "version")).value_or(ServerVersion{});
  found.clustered = !found.identity.cluster.empty();
  return found;
}

Result<RemoteServer> connect_remote(const config::Settings& settings, const std::string& client) {
  const auto module = nats::Module::open();
  if (!module)
    return Error{module.error().message + "; install it beside this program, it is part of it"};
  std::vector<std::string> urls;
  urls.reserve(settings.clients.urls.size());
  for (const Secret& url : settings.clients.urls)
    urls.push_back(url.reveal());
  if (urls.empty())
    urls.push_back(listener_url(settings));
  std::string causes;
  for (const std::string& url : urls) {
    auto server = connect_one(settings, **module, url, client);
    if (server)
      return server;
    causes += (causes.empty() ? "" : "; ") + server.error().message;
  }
  return Error{"no nats-server answers: " + causes};
}

Result<MonitorPlace> monitor_place(const config::Settings& settings, const std::string& host) {
  const std::string& set = settings.clients.monitor_url;
  if (set.starts_with("https://"))
    return Error{"NATS_MONITOR_URL: only http:// is supported for monitoring in this release"};
  const auto url = config::parse_url(set);
  if (!url)
    return MonitorPlace{host, settings.server.http_port};
  Place place = place_of(url->host_port, kUsualMonitorPort);
  return MonitorPlace{std::move(place.host), place.port};
}

Result<MonitorAnswer> monitor_get(const config::Settings& settings,
                                  const std::string& host,
                                  const std::string& target) {
  const auto place = monitor_place(settings, host);
  if (!place)
    return place.error();
  const auto addresses = reachable_addresses(place->host);
  if (!addresses)
    return addresses.error();
  const auto timeout =
      std::chrono::duration_cast<std::chrono::milliseconds>(settings.supervision.connect_timeout);
  std::string causes;
  for (const std::string& address : *addresses) {
    auto answer = run_blocking(health::http_get(address, place->port, target, timeout));
    if (answer && *answer)
      return MonitorAnswer{(**answer).status, std::move((**answer).body),
                           fmt::format("http://{}:{}{}", place->host, place->port, target)};
    causes += (causes.empty() ? "" : "; ") + (answer ? answer->error().message : "no answer");
  }
  return Error{causes};
}

std::string foreign_monitor(const config::Settings& settings, const RemoteServer& server) {
  const auto varz = monitor_get(settings, server.host, "/varz");
  if (!varz)
    return varz.error().message;
  return foreign_varz(varz->body, server.identity, server.url);
}

}  // namespace unified::app
