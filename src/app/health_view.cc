#include "app/health_view.h"

#include <utility>

#include "os/readings.h"
#include "supervise/lifecycle.h"

namespace unified::app {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

/// The streams are read anew within the probes' deadline.
constexpr milliseconds kRefreshPatience{4500};
constexpr milliseconds kDiskPatience{500};

bool is_alive(const supervise::Lifecycle& life) {
  using supervise::Phase;
  return life.phase == Phase::kStarting || life.phase == Phase::kRecovering ||
         life.phase == Phase::kRunning;
}

health::Snapshot snapshot(const HealthSources& sources, const Probes& probes) {
  const supervise::Lifecycle& life = sources.supervisor.lifecycle();
  const StreamsView& view = sources.provisioner.view();
  health::Snapshot facts;
  facts.stopping = sources.stopping;
  facts.server_running = is_alive(life);
  facts.server_was_ready = life.phase == supervise::Phase::kRunning;
  facts.phase = to_text(life.phase);
  facts.restarts = life.restarts;
  facts.last_exit = life.last_exit ? life.last_exit->describe() : "";
  facts.dropped_log_lines = sources.log.dropped();
  facts.client_port = sources.provisioner.connection();
  facts.http = probes.http;
  facts.jetstream_enabled = sources.jetstream_enabled;
  facts.jetstream = probes.jetstream;
  facts.streams_known = view.known;
  facts.streams = view.streams;
  facts.refused = view.refused;
  facts.unloaded = view.unloaded;
  facts.errors = view.errors;
  return facts;
}

std::optional<health::DiskFacts> disk_facts(const std::string& store_dir) {
  const auto space = os::disk_space(store_dir);
  if (!space)
    return std::nullopt;
  return health::DiskFacts{space->free_bytes, space->total_bytes,
                           space->total_inodes > 0 ? space->free_inodes : -1};
}

}  // namespace

asio::awaitable<health::Snapshot> fresh_snapshot(const HealthSources& sources) {
  // A death whose SIGCHLD still waits behind this request in the queue counts: nobody may be told
  // "ready" after it.
  sources.supervisor.reap();
  health::Snapshot facts = snapshot(sources, {});
  if (sources.stopping || !facts.server_running || !facts.server_was_ready)
    co_return facts;
  const Probes probes = co_await sources.prober.fresh();
  sources.supervisor.reap();
  co_return snapshot(sources, probes);
}

asio::awaitable<std::vector<health::Check>> all_checks(const HealthSources& sources) {
  const health::Snapshot first = co_await fresh_snapshot(sources);
  Probes probes{first.http, first.jetstream};
  if (first.jetstream_enabled && first.jetstream.ok) {
    const bool listed = co_await sources.provisioner.refresh(kRefreshPatience);
    if (!listed)
      probes.jetstream = {false, "the streams can't be listed", first.jetstream.took};
  }
  health::Snapshot facts = snapshot(sources, probes);
  std::function<std::optional<health::DiskFacts>()> read_disk = [store = sources.store_dir] {
    return disk_facts(store);
  };
  const auto disk = co_await sources.worker.call<std::optional<health::DiskFacts>>(
      std::move(read_disk), kDiskPatience);
  facts.disk = disk.value_or(std::nullopt);
  co_return health::assess(facts);
}

}  // namespace unified::app
