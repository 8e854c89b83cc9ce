#include "app/sidecar_health.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/remote_health.h"
#include "health/limits.h"
#include "jetstream/api_answers.h"

namespace unified::app {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::milliseconds kQuotaPatience{2000};

health::Snapshot snapshot(const SidecarSources& sources, const Probes& probes) {
  const bool up = sources.link.up();
  health::Snapshot facts;
  facts.stopping = sources.stopping;
  facts.server_running = up;
  facts.server_was_ready = up;
  facts.phase = up ? "running" : "waiting";
  facts.dropped_log_lines = sources.log.dropped();
  facts.log_file_problem = sources.log.file_problem();
  sources.parts.note("NATS_LOG_FILE", facts.log_file_problem);
  facts.parts = sources.parts.seen();
  facts.client_port = sources.provisioner.connection();
  if (!up)
    facts.client_port = {false, sources.link.why_not(), {}};
  else if (const auto& server = sources.link.server(); facts.client_port.ok && server)
    facts.client_port.message =
        fmt::format("connected to {} (nats-server {})", server->url, to_text(server->version));
  facts.http = probes.http;
  facts.jetstream_enabled = sources.current.settings.jetstream.enabled;
  facts.jetstream = probes.jetstream;
  facts.left_alone = sources.provisioner.left_alone();
  add_streams(sources.provisioner.view(), facts);
  return facts;
}

bool needs_monitoring(const SidecarSources& sources) {
  return !sources.current.settings.clients.monitor_url.empty();
}

/// A port that was only guessed may be closed, on a server that works.
void forgive_monitoring(const SidecarSources& sources, std::vector<health::Check>& checks) {
  const auto http = std::ranges::find(checks, "http", &health::Check::name);
  if (!sources.link.up() || needs_monitoring(sources) || http == checks.end() ||
      http->status != health::Status::kFail)
    return;
  http->status = health::Status::kWarn;
  http->message += fmt::format(
      " (NATS_HTTP_PORT={} of the server's host; NATS_MONITOR_URL says where it really is)",
      sources.current.settings.server.http_port);
}

/// The account's own limit, and what it uses; nothing when JetStream does not say.
asio::awaitable<std::optional<health::QuotaFacts>> quota(Provisioner& provisioner) {
  std::string subject = "$JS.API.INFO";
  std::string payload;
  const Result<std::string> answer =
      co_await provisioner.relay(std::move(subject), std::move(payload), kQuotaPatience);
  if (!answer)
    co_return std::nullopt;
  const auto account = jetstream::parse_answer(*answer, "cannot read the JetStream account");
  if (!account)
    co_return std::nullopt;
  health::QuotaFacts facts{jetstream::int_at(*account, "storage"), -1};
  if (const auto limits = account->find("limits"); limits != account->end())
    facts.max_bytes = jetstream::int_at(*limits, "max_storage");
  co_return facts;
}

}  // namespace

asio::awaitable<health::Snapshot> fresh_snapshot(const SidecarSources& sources) {
  health::Snapshot facts = snapshot(sources, unmeasured("not asked: not connected"));
  if (!sources.stopping && sources.link.up()) {
    const Probes probes = co_await sources.prober.fresh();
    facts = snapshot(sources, probes);
  }
  health::Snapshot judged = facts;
  judged.http.ok = judged.http.ok || !needs_monitoring(sources);
  sources.readiness.note(judged);
  co_return facts;
}

asio::awaitable<void> tell_provisioned(SidecarSources sources, std::string words) {
  health::Snapshot facts = co_await fresh_snapshot(sources);
  facts.http.ok = facts.http.ok || !needs_monitoring(sources);
  sources.readiness.provisioned(facts, std::move(words));
}

std::vector<std::string> not_ready_reasons(const SidecarSources& sources,
                                           const health::Snapshot& facts) {
  if (!facts.stopping && !facts.server_running)
    return {fmt::format("waiting for the server of NATS_URL: {}", sources.link.why_not())};
  health::Snapshot judged = facts;
  judged.http.ok = judged.http.ok || !needs_monitoring(sources);
  return health::not_ready_reasons(judged);
}

asio::awaitable<std::vector<health::Check>> all_checks(const SidecarSources& sources) {
  const health::Snapshot first = co_await fresh_snapshot(sources);
  Probes probes{true, first.http, first.jetstream, first.store, first.disk};
  std::optional<health::QuotaFacts> stored;
  if (first.server_running && first.jetstream_enabled && first.jetstream.ok) {
    const bool listed = co_await sources.provisioner.refresh(kRefreshPatience);
    if (!listed)
      probes.jetstream = {false, "the streams can't be listed", first.jetstream.took};
    stored = co_await quota(sources.provisioner);
  }
  health::Snapshot facts = snapshot(sources, probes);
  facts.quota = stored;
  facts.limits = sources.limits.note(health::limits_of_streams(facts.streams),
                                     std::chrono::steady_clock::now());
  std::vector<health::Check> checks = assess_remote(facts);
  forgive_monitoring(sources, checks);
  co_return checks;
}

}  // namespace unified::app
