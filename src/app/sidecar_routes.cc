#include "app/sidecar_routes.h"

#include <unistd.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/health_answers.h"
#include "app/logs_route.h"
#include "app/stream_routes.h"
#include "app/verb_routes.h"

namespace unified::app {
namespace {

namespace asio = boost::asio;
using api::Request;
using api::Response;
using nlohmann::ordered_json;

std::string monitor_url(const SidecarSources& sources) {
  const auto& server = sources.link.server();
  const auto place = monitor_place(sources.current.settings, server ? server->host : "");
  if (!place || place->host.empty())
    return {};
  const bool v6 = place->host.find(':') != std::string::npos;
  return fmt::format("http://{}{}{}:{}", v6 ? "[" : "", place->host, v6 ? "]" : "", place->port);
}

asio::awaitable<Response> status(const SidecarSources& sources, bool fresh) {
  health::Snapshot facts = co_await fresh_snapshot(sources);
  if (fresh && facts.jetstream.ok) {  // counts of now; without an answer the last ones stand
    co_await sources.provisioner.refresh(kStatusPatience);
    add_streams(sources.provisioner.view(), facts);
  }
  const std::vector<std::string> reasons = not_ready_reasons(sources, facts);
  const auto uptime = std::chrono::duration_cast<std::chrono::seconds>(
      std::chrono::steady_clock::now() - sources.started_at);
  const auto& server = sources.link.server();
  ordered_json body;
  body["mode"] = "sidecar";
  body["phase"] = facts.phase;
  body["ready"] = reasons.empty();
  body["not_ready_because"] = reasons;
  body["uptime_seconds"] = uptime.count();
  body["pid"] = ::getpid();
  body["started_unix_ms"] = sources.started_unix_ms;
  body["nats_url"] = sources.link.where();
  body["client_url"] = server ? server->url : "";
  body["monitor_url"] = monitor_url(sources);
  body["server_name"] = server ? server->identity.name : "";
  body["server_version"] = server ? to_text(server->version) : "";
  body["clustered"] = server && server->clustered;
  body["incarnation"] = sources.link.incarnation();
  body["not_applied"] = facts.refused;
  body["unloaded"] = facts.unloaded;
  body["errors"] = facts.errors;
  body["left_alone"] = facts.left_alone;
  std::vector<std::string> warnings = sources.current.warnings;
  const std::vector<std::string>& seen = sources.provisioner.view().warnings;
  warnings.insert(warnings.end(), seen.begin(), seen.end());
  body["warnings"] = warnings;
  body["dropped_log_lines"] = facts.dropped_log_lines;
  body["not_working"] = not_working(facts.parts);
  body["log_file_problem"] = facts.log_file_problem;
  body["streams_known"] = facts.streams_known;
  body["streams"] = ordered_json::array();
  for (const health::StreamFacts& stream : facts.streams)
    body["streams"].push_back(stream_json(stream));
  co_return Response{200,
                     body.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n"};
}

asio::awaitable<Response> readiness(const SidecarSources& sources) {
  const health::Snapshot facts = co_await fresh_snapshot(sources);
  co_return readiness_answer(not_ready_reasons(sources, facts));
}

asio::awaitable<Response> checks(const SidecarSources& sources, bool text) {
  const std::vector<health::Check> made = co_await all_checks(sources);
  co_return checks_answer(made, text);
}

/// Nothing of that server counts here, nor where it is: a sidecar that waits is as it should be.
api::Handler always(std::shared_ptr<const SidecarSources> sources, std::string word) {
  return [sources = std::move(sources),
          word = std::move(word)](const Request&) -> asio::awaitable<Response> {
    co_return Response{200,
                       fmt::format("{} ({})\n", word, sources->link.up() ? "running" : "waiting"),
                       api::kPlainText};
  };
}

}  // namespace

std::vector<api::Route> sidecar_routes(SidecarSources sources) {
  const auto shared = std::make_shared<const SidecarSources>(sources);
  const auto ready = [shared](const Request&) { return readiness(*shared); };
  const auto full = [shared](const Request& request) {
    return checks(*shared, request.query == "format=text");
  };
  const auto state = [shared](const Request& request) {
    return status(*shared, request.query == "fresh");
  };
  std::vector<api::Route> routes{{"GET", "/livez", always(shared, "alive")},
                                 {"GET", "/startupz", always(shared, "started")},
                                 {"GET", "/readyz", ready},
                                 {"GET", "/health", full},
                                 {"GET", "/status", state},
                                 logs_route(shared->log.recent())};
  for (api::Route& route : stream_routes(shared->provisioner))
    routes.push_back(std::move(route));
  return routes;
}

Response refuse_foreign(const SidecarSources& sources, const std::string& what) {
  return verb_answer(
      kConflict, "not-possible",
      {fmt::format("this is a sidecar (AUTO_START_NATS=false): {} the nats-server of {} is not for "
                   "us to do; do it where that server runs",
                   what, sources.link.where())});
}

}  // namespace unified::app
