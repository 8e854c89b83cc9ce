#include "app/health_view.h"

#include <utility>

#include "supervise/lifecycle.h"

namespace unified::app {
namespace {

namespace asio = boost::asio;

bool is_alive(const supervise::Lifecycle& life) {
  using supervise::Phase;
  return life.phase == Phase::kStarting || life.phase == Phase::kRecovering ||
         life.phase == Phase::kRunning;
}

/// Nothing until it is found: what the black box has may be of another end, or of an earlier life.
std::string cause_of_last_end(const HealthSources& sources) {
  const supervise::Lifecycle& life = sources.supervisor.lifecycle();
  const auto& last = sources.black_box.last();
  const std::uint64_t ended = is_alive(life) ? life.incarnation - 1 : life.incarnation;
  if (!last.is_object() || last.value("incarnation", std::uint64_t{0}) != ended)
    return {};
  return last.value("cause", "");
}

health::Snapshot snapshot(const HealthSources& sources, const Probes& probes) {
  const supervise::Lifecycle& life = sources.supervisor.lifecycle();
  health::Snapshot facts;
  facts.stopping = sources.stopping;
  facts.server_running = is_alive(life);
  facts.server_was_ready = life.phase == supervise::Phase::kRunning;
  facts.phase = to_text(life.phase);
  facts.down_because = life.down_because;
  facts.restarts = life.restarts;
  facts.last_exit = life.last_exit ? life.last_exit->describe() : "";
  if (life.last_exit)
    facts.cause = cause_of_last_end(sources);
  facts.dropped_log_lines = sources.log.dropped();
  facts.log_file_problem = sources.log.file_problem();
  facts.client_port = sources.provisioner.connection();
  facts.refused_us = sources.provisioner.refusal();
  facts.http = probes.http;
  facts.jetstream_enabled = sources.jetstream_enabled;
  facts.jetstream = probes.jetstream;
  facts.store = probes.store;
  facts.disk = probes.disk;
  if (!probes.measured && sources.disk != nullptr)
    facts.disk = sources.disk->seen();
  if (sources.store != nullptr) {
    facts.store_refusal = sources.store->refusal();
    facts.store_complaint = sources.store->complaint();
    facts.store_doubt = sources.store->doubt();
  }
  sources.parts.note("NATS_LOG_FILE", facts.log_file_problem);
  facts.parts = sources.parts.seen();
  facts.limits = sources.limits.seen();
  facts.migrating = sources.provisioner.held();
  facts.left_alone = sources.provisioner.left_alone();
  add_streams(sources.provisioner.view(), facts);
  return facts;
}

}  // namespace

asio::awaitable<health::Snapshot> fresh_snapshot(const HealthSources& sources) {
  // A death whose SIGCHLD still waits behind this request in the queue counts: nobody may be told
  // "ready" after it.
  sources.supervisor.reap();
  health::Snapshot facts = snapshot(sources, unmeasured("not asked: nats-server does not run"));
  if (!sources.stopping && facts.server_running && facts.server_was_ready) {
    const Probes probes = co_await sources.prober.fresh();
    // Whether only a connection for us is missing.
    if (!sources.provisioner.connection().ok && probes.http.ok)
      co_await look_at_limits(sources);
    sources.supervisor.reap();
    facts = snapshot(sources, probes);
  }
  sources.readiness.note(facts);
  co_return facts;
}

asio::awaitable<void> look_at_limits(const HealthSources& sources) {
  std::string host = sources.monitor_host;
  const std::vector<health::StreamFacts> streams = sources.provisioner.view().streams;
  co_await sources.limits.look(std::move(host), sources.monitor_port, streams);
}

asio::awaitable<std::vector<health::Check>> all_checks(const HealthSources& sources) {
  const health::Snapshot first = co_await fresh_snapshot(sources);
  Probes probes{true, first.http, first.jetstream, first.store, first.disk};
  if (first.jetstream_enabled && first.jetstream.ok) {
    const bool listed = co_await sources.provisioner.refresh(kRefreshPatience);
    if (!listed)
      probes.jetstream = {false, "the streams can't be listed", first.jetstream.took};
  }
  if (first.http.ok)
    co_await look_at_limits(sources);
  sources.supervisor.reap();  // as above: a death meanwhile counts
  co_return health::assess(snapshot(sources, probes));
}

}  // namespace unified::app
