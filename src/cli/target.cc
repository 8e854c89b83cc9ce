#include "cli/target.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "api/control_client.h"
#include "app/control_port.h"
#include "app/remote_server.h"
#include "base/scrub.h"
#include "cli/await_state.h"
#include "cli/control.h"
#include "config/url.h"
#include "os/store_scan.h"

namespace unified::cli {
namespace {

std::chrono::milliseconds timeout_of(const config::Settings& settings) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
      settings.supervision.connect_timeout);
}

/// Whether our supervisor's server is the one to ask: NATS_URL is unset or means the listener that
/// these settings describe: the old .env has NATS_URL=nats://localhost:4222, and beside the
/// supervisor that is the better way in.
bool is_supervised(const config::Settings& settings) {
  if (!settings.supervision.own_server)
    return true;  // a sidecar's server is that of NATS_URL
  if (settings.clients.urls.empty())
    return true;
  const auto url = config::parse_url(settings.clients.urls.front().reveal());
  if (settings.clients.urls.size() > 1 || !url || !url->user.empty())
    return false;
  constexpr int kUsualPort = 4222;
  const std::string port = fmt::format(":{}", settings.server.port);
  constexpr std::array<std::string_view, 3> kHosts{"localhost", "127.0.0.1", "[::1]"};
  return std::ranges::any_of(kHosts, [&](std::string_view host) {
    return url->host_port == fmt::format("{}{}", host, port) ||
           (settings.server.port == kUsualPort && url->host_port == host);
  });
}

Result<Target, api::Unreachable> supervisor_target(const Context& context,
                                                   const config::Settings& settings) {
  const auto socket = supervisor_socket(context);
  if (!socket)
    return socket.error();
  const auto answer = api::control_get(*socket, "/status", kProbePatience);
  if (!answer)
    return answer.error();
  const auto status = nlohmann::json::parse(answer->body, nullptr, false);
  if (answer->status != 200 || !status.is_object())
    return api::Unreachable{
        api::Unreachable::Reason::kNoAnswer,
        fmt::format("the supervisor at {} answered {}", *socket, answer->status)};
  if (status.value("phase", "") != "running")
    return api::Unreachable{api::Unreachable::Reason::kNoAnswer,
                            "the supervisor has no server to ask: " + reason({status, false})};
  Target target;
  auto port = std::make_unique<app::ControlPort>(*socket);
  target.evidence = [asked = app::ControlPort{*socket}](const std::string& stream,
                                                        const std::string& consumer) {
    return asked.evidence(stream, consumer);
  };
  const nlohmann::json held = status.value("left_alone", nlohmann::json::object());
  target.leave_alone = [held](const std::string& stream) -> std::optional<std::string> {
    const auto why = held.find(stream);
    if (why == held.end() || !why->is_string())
      return std::nullopt;
    return why->get<std::string>();
  };
  target.port = std::move(port);
  target.client_url = status.value("client_url", "");
  target.where = target.client_url.empty() ? "the supervisor's server (it waits for one)"
                                           : "the supervisor's server " + target.client_url;
  target.runs_the_server = status.value("server_pid", 0) > 0;
  target.monitor_url = status.value("monitor_url", "");
  if (const auto monitor = config::parse_url(target.monitor_url))
    target.host = monitor->host_port.substr(0, monitor->host_port.rfind(':'));
  target.version =
      parse_server_version(status.value("server_version", "")).value_or(ServerVersion{});
  target.clustered = status.value("clustered", false);
  target.migrating = status.value("migrating", "");
  target.supervised = true;
  for (const auto& stream : status.value("streams", nlohmann::json::array()))
    target.declared_there.push_back(stream.value("name", ""));
  target.timeout = timeout_of(settings);
  return target;
}

Result<Target> direct_target(const config::Settings& settings, const std::string& command) {
  auto server = app::connect_remote(settings, command);
  if (!server)
    return server.error();
  Target target;
  if (command == "init" && app::hear_changes(*server))
    target.changes = server->changes;
  target.port = std::move(server->connection);
  target.where = server->url;
  target.client_url = server->url;
  target.host = server->host;
  target.name = server->identity.name;
  target.identity = server->identity;
  target.version = server->version;
  target.clustered = server->clustered;
  target.timeout = timeout_of(settings);
  // Its disk may be another machine's; but where it is this one's, a folder there is proof.
  const bool here = settings.clients.urls.empty() && settings.supervision.own_server;
  target.evidence = [store = here ? settings.jetstream.store_dir : std::string{}](
                        const std::string& stream,
                        const std::string& consumer) -> std::optional<std::string> {
    if (store.empty())
      return std::nullopt;
    return consumer.empty() ? os::stream_evidence(store, stream)
                            : os::consumer_evidence(store, stream, consumer);
  };
  return target;
}

/// Whether the supervisor runs the server that `direct` is connected to, by the server_id that its
/// monitoring tells; the error when that can't be told. Never a sidecar: who goes past it, by
/// NATS_URL, makes a stream that it remembers and that was really deleted.
Result<bool> runs_server_of(const Target& supervised,
                            const Target& direct,
                            config::Settings settings) {
  if (!supervised.runs_the_server)
    return false;
  settings.clients.monitor_url = supervised.monitor_url;
  const auto varz = app::monitor_get(settings, supervised.host, "/varz");
  const auto identity = varz ? app::identity_in_varz(varz->body) : varz.error();
  if (!identity)
    return Error{
        fmt::format("cannot tell whether {} is the server that the supervisor here runs: "
                    "{}/varz: {}; nothing was changed, try again",
                    direct.where, supervised.monitor_url, identity.error().message)};
  return identity->id == direct.identity.id;
}

/// The same server through the supervisor, when it runs it: it knows what must not be touched, such
/// as a stream that was not loaded, one that is being migrated or restored, a pause.
Result<Target> through_supervisor(const Context& context,
                                  const config::Settings& settings,
                                  const std::string& command,
                                  Target direct) {
  auto beside = supervisor_target(context, settings);
  if (!beside)
    return direct;
  const auto is_its_own = runs_server_of(*beside, direct, settings);
  if (!is_its_own && command == "init")
    return is_its_own.error();  // it would create what may only not have been loaded
  if (is_its_own && *is_its_own)
    return *std::move(beside);
  return direct;
}

}  // namespace

Result<Target> open_target(const Context& context,
                           const config::Settings& settings,
                           const std::string& command) {
  const bool told = context.arguments.contains("NATS_URL");
  if (told || !is_supervised(settings)) {
    auto direct = direct_target(settings, command);
    if (!direct)
      return direct;
    return through_supervisor(context, settings, command, *std::move(direct));
  }
  auto supervised = supervisor_target(context, settings);
  if (supervised)
    return *std::move(supervised);
  auto direct = direct_target(settings, command);
  if (direct)
    return direct;
  return Error{fmt::format("{}; and {}. Name a server with --nats-url or NATS_URL",
                           supervised.error().message, direct.error().message)};
}

}  // namespace unified::cli
