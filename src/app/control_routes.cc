#include "app/control_routes.h"

#include <unistd.h>

#include <memory>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/disk_json.h"
#include "app/health_answers.h"
#include "app/logs_route.h"
#include "app/stream_routes.h"
#include "health/assess.h"
#include "health/limits.h"
#include "supervise/lifecycle.h"

namespace unified::app {
namespace {

namespace asio = boost::asio;
using api::Request;
using api::Response;
using nlohmann::ordered_json;

asio::awaitable<Response> full_health(const HealthSources& sources, bool text) {
  const std::vector<health::Check> checks = co_await all_checks(sources);
  co_return checks_answer(checks, text);
}

asio::awaitable<Response> status(const HealthSources& sources, bool fresh) {
  health::Snapshot facts = co_await fresh_snapshot(sources);
  if (fresh && facts.jetstream.ok) {  // counts of now; without an answer the last ones stand
    co_await sources.provisioner.refresh(kStatusPatience);
    add_streams(sources.provisioner.view(), facts);
    co_await look_at_limits(sources);
    facts.limits = sources.limits.seen();
  }
  const supervise::Lifecycle& life = sources.supervisor.lifecycle();
  const std::vector<std::string> reasons = health::not_ready_reasons(facts);
  const auto uptime = std::chrono::duration_cast<std::chrono::seconds>(
      std::chrono::steady_clock::now() - sources.started_at);
  ordered_json body;
  body["phase"] = facts.phase;
  body["ready"] = reasons.empty();
  body["not_ready_because"] = reasons;
  body["uptime_seconds"] = uptime.count();
  body["pid"] = ::getpid();
  body["started_unix_ms"] = sources.started_unix_ms;
  body["server_version"] = to_text(sources.version);
  body["clustered"] = sources.clustered;
  body["server_binary"] = sources.server_binary;
  body["server_pid"] =
      life.pid > 0 ? ordered_json(life.pid) : ordered_json{};  // kill(0) is no server
  body["incarnation"] = life.incarnation;
  body["restarts"] = life.restarts;
  body["hangs"] = life.hangs;
  body["last_exit"] = facts.last_exit;
  body["last_black_box"] = sources.black_box.last();
  body["recovery"] = to_json(sources.recovery.progress());
  body["client_url"] = sources.client_url;
  body["monitor_url"] = sources.monitor_url;
  body["store_dir"] = sources.store_dir;
  if (sources.jetstream_enabled)
    body["power_loss_costs"] = sources.power_loss_costs;
  body["not_applied"] = facts.refused;
  body["unloaded"] = facts.unloaded;
  body["errors"] = facts.errors;
  body["left_alone"] = facts.left_alone;
  body["migrating"] = facts.migrating;
  std::vector<std::string> warnings = sources.warnings;
  const std::vector<std::string>& seen = sources.provisioner.view().warnings;
  warnings.insert(warnings.end(), seen.begin(), seen.end());
  body["warnings"] = warnings;
  body["dropped_log_lines"] = facts.dropped_log_lines;
  body["log_file_problem"] = facts.log_file_problem;
  body["streams_known"] = facts.streams_known;
  body["disk"] = disk_json(facts.disk);
  body["store_refuses"] = facts.store_refusal;
  body["not_working"] = not_working(facts.parts);
  body["limits"] = ordered_json::array();
  for (const health::LimitFacts& limit : facts.limits)
    if (health::status_of(limit) != health::Status::kPass)
      body["limits"].push_back(health::sentence(limit));
  body["half_made"] =
      sources.disk != nullptr ? sources.disk->half_made() : std::vector<std::string>{};
  body["streams"] = ordered_json::array();
  for (const health::StreamFacts& stream : facts.streams)
    body["streams"].push_back(stream_json(stream));
  co_return Response{200, body.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n"};
}

}  // namespace

std::vector<api::Route> control_routes(HealthSources sources) {
  const auto shared = std::make_shared<const HealthSources>(std::move(sources));
  const auto live = [shared](const Request&) -> asio::awaitable<Response> {
    // Peers and streams never count here: only a server that is not coming back is dead.
    const supervise::Phase phase = shared->supervisor.lifecycle().phase;
    const bool alive = phase != supervise::Phase::kFinished;
    co_return Response{alive ? 200 : 503,
                       fmt::format("{} ({})\n", alive ? "alive" : "not alive", to_text(phase)),
                       api::kPlainText};
  };
  const auto ready = [shared](const Request&) -> asio::awaitable<Response> {
    const health::Snapshot facts = co_await fresh_snapshot(*shared);
    co_return readiness_answer(health::not_ready_reasons(facts));
  };
  const auto startup = [shared](const Request&) -> asio::awaitable<Response> {
    const bool started = shared->supervisor.lifecycle().phase == supervise::Phase::kRunning;
    co_return Response{started ? 200 : 503, started ? "started\n" : "not started yet\n",
                       api::kPlainText};
  };
  const auto full = [shared](const Request& request) {
    return full_health(*shared, request.query == "format=text");
  };
  const auto state = [shared](const Request& request) {
    return status(*shared, request.query == "fresh");
  };
  std::vector<api::Route> routes{{"GET", "/livez", live},       {"GET", "/readyz", ready},
                                 {"GET", "/startupz", startup}, {"GET", "/health", full},
                                 {"GET", "/status", state},     logs_route(shared->log.recent())};
  for (api::Route& route : stream_routes(shared->provisioner))
    routes.push_back(std::move(route));
  return routes;
}

}  // namespace unified::app
