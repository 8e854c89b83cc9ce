#include "app/remote_streams.h"

#include <optional>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/endpoints.h"
#include "base/scrub.h"
#include "health/http/http_probe.h"
#include "jetstream/api.h"
#include "jetstream/nats/module.h"

namespace unified::app {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::milliseconds kTimeout{5000};
constexpr int kUsualMonitorPort = 8222;

struct Monitor {
  std::string host;
  int port = kUsualMonitorPort;
};

/// `http://HOST:PORT[/]`; without NATS_MONITOR_URL the host of NATS_URL and the configured
/// monitoring port.
Monitor monitor_of(const config::Settings& settings) {
  std::string url = settings.clients.monitor_url;
  int port = kUsualMonitorPort;
  if (url.empty()) {
    url = without_userinfo(settings.clients.urls.front().reveal());
    port = settings.server.http_port;
  }
  const std::size_t scheme = url.find("://");
  std::string authority = scheme == std::string::npos ? url : url.substr(scheme + 3);
  authority = authority.substr(authority.find("***@") == 0 ? 4 : 0);
  authority = authority.substr(0, authority.find('/'));
  const std::size_t colon = authority.rfind(':');
  const bool has_port =
      colon != std::string::npos && authority.find(']', colon) == std::string::npos;
  Monitor monitor{has_port ? authority.substr(0, colon) : authority, port};
  if (has_port && !settings.clients.monitor_url.empty())
    monitor.port = std::stoi(authority.substr(colon + 1));
  return monitor;
}

Result<nlohmann::json> varz(const config::Settings& settings) {
  const Monitor monitor = monitor_of(settings);
  const auto address = reachable_address(monitor.host);
  if (!address)
    return address.error();
  asio::io_context reactor{1};
  std::optional<Result<health::HttpAnswer>> answer;
  const auto ask = [&]() -> asio::awaitable<void> {
    answer.emplace(co_await health::http_get(*address, monitor.port, "/varz", kTimeout));
  };
  asio::co_spawn(reactor, ask, asio::detached);
  reactor.run();
  if (!answer || !*answer)
    return Error{(answer ? answer->error().message : std::string{"no answer"}) +
                 ": the server's version is read there; set NATS_MONITOR_URL"};
  auto body = nlohmann::json::parse((**answer).body, nullptr, false);
  if (!body.is_object())
    return Error{
        fmt::format("http://{}:{}/varz: not a nats-server's answer", monitor.host, monitor.port)};
  return body;
}

std::string joined_urls(const config::Settings& settings) {
  std::string joined;
  for (const Secret& url : settings.clients.urls)
    joined += (joined.empty() ? "" : ",") + url.reveal();
  return joined;
}

}  // namespace

Result<jetstream::Actual> parse_streams(const std::string& body) {
  const auto parsed = nlohmann::json::parse(body, nullptr, false);
  if (!parsed.is_object())
    return Error{"the supervisor's list of streams is not JSON"};
  if (parsed.contains("error"))
    return Error{parsed["error"].get<std::string>()};
  jetstream::Actual actual;
  actual.version =
      parse_server_version(parsed.value("server_version", "")).value_or(ServerVersion{});
  actual.clustered = parsed.value("clustered", false);
  for (const auto& stream : parsed.value("streams", nlohmann::json::array())) {
    const auto& state = stream.at("state");
    actual.streams.push_back({.name = stream.at("config").value("name", ""),
                              .config = stream.at("config"),
                              .messages = state.value("messages", std::int64_t{0}),
                              .bytes = state.value("bytes", std::int64_t{0}),
                              .first_seq = state.value("first_seq", std::int64_t{0}),
                              .last_seq = state.value("last_seq", std::int64_t{0}),
                              .first_ts = state.value("first_ts", ""),
                              .last_ts = state.value("last_ts", ""),
                              .consumers = state.value("consumer_count", std::int64_t{0})});
  }
  return actual;
}

Result<jetstream::Actual> remote_streams(const config::Settings& settings) {
  const auto server = varz(settings);
  if (!server)
    return server.error();
  const auto module = nats::Module::open();
  if (!module)
    return module.error();
  nats::ConnectOptions options;
  options.url = joined_urls(settings);
  options.name = "unified_entrypoint plan";
  if (options.url.find('@') == std::string::npos && settings.auth.enabled) {
    options.user = settings.auth.username;
    options.password = settings.auth.password;
    options.token = settings.auth.token;
  }
  options.tls.enabled = settings.tls.enabled;
  if (settings.tls.enabled)
    options.tls.trusted_files =
        settings.tls.ca.empty() ? std::vector{settings.tls.cert} : std::vector{settings.tls.ca};
  options.tls.client_cert = settings.tls.client_cert;
  options.tls.client_key = settings.tls.client_key;
  options.timeout =
      std::chrono::duration_cast<std::chrono::milliseconds>(settings.supervision.connect_timeout);
  const auto connection = (*module)->connect(options, {});
  if (!connection)
    return connection.error();
  auto listed = jetstream::Api{**connection, kTimeout}.list_streams();
  if (!listed)
    return Error{listed.error().message};
  jetstream::Actual actual;
  actual.version = parse_server_version(server->value("version", "")).value_or(ServerVersion{});
  actual.clustered = !server->value("cluster", nlohmann::json::object()).value("name", "").empty();
  actual.streams = std::move(listed->streams);
  for (const std::string& name : listed->unreachable)
    actual.unloaded.push_back({name, "the server knows it but can't reach it"});
  return actual;
}

}  // namespace unified::app
