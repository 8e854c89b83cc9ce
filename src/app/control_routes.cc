#include "app/control_routes.h"

#include <memory>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "health/assess.h"
#include "supervise/lifecycle.h"

namespace unified::app {
namespace {

namespace asio = boost::asio;
using api::Request;
using api::Response;
using nlohmann::ordered_json;
using std::chrono::milliseconds;

constexpr milliseconds kRefreshPatience{4500};
constexpr const char* kText = "text/plain; charset=utf-8";

Response readiness(const health::Snapshot& facts) {
  const std::vector<std::string> reasons = health::not_ready_reasons(facts);
  if (reasons.empty())
    return {200, "ready\n", kText};
  return {503, fmt::format("not ready: {}\n", fmt::join(reasons, "; ")), kText};
}

asio::awaitable<Response> full_health(const HealthSources& sources, bool text) {
  const std::vector<health::Check> checks = co_await all_checks(sources);
  const int status = health::worst(checks) == health::Status::kFail ? 503 : 200;
  if (text)
    co_return Response{status, health::to_text(checks), kText};
  co_return Response{status, health::to_json(checks)};
}

ordered_json stream_json(const health::StreamFacts& facts) {
  return {{"name", facts.name},
          {"present", facts.present},
          {"messages", facts.messages},
          {"bytes", facts.bytes},
          {"declared_subjects", facts.declared_subjects},
          {"unbound_subjects", facts.unbound_subjects}};
}

asio::awaitable<Response> status(const HealthSources& sources) {
  const health::Snapshot facts = co_await fresh_snapshot(sources);
  const supervise::Lifecycle& life = sources.supervisor.lifecycle();
  const std::vector<std::string> reasons = health::not_ready_reasons(facts);
  const auto uptime = std::chrono::duration_cast<std::chrono::seconds>(
      std::chrono::steady_clock::now() - sources.started_at);
  ordered_json body;
  body["phase"] = facts.phase;
  body["ready"] = reasons.empty();
  body["not_ready_because"] = reasons;
  body["uptime_seconds"] = uptime.count();
  body["server_version"] = to_text(sources.version);
  body["server_binary"] = sources.server_binary;
  body["server_pid"] = life.pid;
  body["incarnation"] = life.incarnation;
  body["restarts"] = life.restarts;
  body["last_exit"] = facts.last_exit;
  body["client_url"] = sources.client_url;
  body["monitor_url"] = sources.monitor_url;
  body["store_dir"] = sources.store_dir;
  body["not_applied"] = facts.refused;
  body["unloaded"] = facts.unloaded;
  body["errors"] = facts.errors;
  body["warnings"] = sources.warnings;
  body["dropped_log_lines"] = facts.dropped_log_lines;
  body["streams"] = ordered_json::array();
  for (const health::StreamFacts& stream : facts.streams)
    body["streams"].push_back(stream_json(stream));
  co_return Response{200, body.dump(2) + "\n"};
}

/// What `plan` compares the manifest with.
asio::awaitable<Response> streams(const HealthSources& sources) {
  const bool listed = co_await sources.provisioner.refresh(kRefreshPatience);
  if (!listed)
    co_return Response{
        503,
        ordered_json{{"error", "the streams can't be listed: nats-server does not answer"}}.dump() +
            "\n"};
  ordered_json body;
  body["server_version"] = to_text(sources.version);
  body["clustered"] = sources.clustered;
  body["store_dir"] = sources.store_dir;
  body["unloaded"] = sources.provisioner.view().unloaded;
  body["streams"] = ordered_json::array();
  for (const jetstream::StreamState& state : sources.provisioner.view().actual)
    body["streams"].push_back({{"config", state.config},
                               {"state",
                                {{"messages", state.messages},
                                 {"bytes", state.bytes},
                                 {"first_seq", state.first_seq},
                                 {"last_seq", state.last_seq},
                                 {"first_ts", state.first_ts},
                                 {"last_ts", state.last_ts},
                                 {"consumer_count", state.consumers}}}});
  co_return Response{200, body.dump() + "\n"};
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
                       kText};
  };
  const auto ready = [shared](const Request&) -> asio::awaitable<Response> {
    const health::Snapshot facts = co_await fresh_snapshot(*shared);
    co_return readiness(facts);
  };
  const auto startup = [shared](const Request&) -> asio::awaitable<Response> {
    const bool started = shared->supervisor.lifecycle().phase == supervise::Phase::kRunning;
    co_return Response{started ? 200 : 503, started ? "started\n" : "not started yet\n", kText};
  };
  const auto full = [shared](const Request& request) {
    return full_health(*shared, request.query == "format=text");
  };
  const auto state = [shared](const Request&) { return status(*shared); };
  const auto listed = [shared](const Request&) { return streams(*shared); };
  return {{"GET", "/livez", live},  {"GET", "/readyz", ready}, {"GET", "/startupz", startup},
          {"GET", "/health", full}, {"GET", "/status", state}, {"GET", "/streams", listed}};
}

}  // namespace unified::app
