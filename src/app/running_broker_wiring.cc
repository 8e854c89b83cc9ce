#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <fmt/format.h>

#include "app/power_loss.h"
#include "app/running_broker.h"
#include "observe/server_line.h"

// Who hears what from whom.
namespace unified::app {
namespace {

namespace asio = boost::asio;

}  // namespace

std::string RunningBroker::store_dir() const {
  return settings().jetstream.enabled ? settings().jetstream.store_dir : std::string{};
}

std::string RunningBroker::client_url() const {
  return fmt::format("{}://{}:{}", settings().tls.enabled ? "tls" : "nats", settings().server.host,
                     settings().server.port);
}

BlackBoxSubject RunningBroker::black_box_subject() const {
  return {.places = {.run_dir = run_dir_, .store_dir = store_dir()},
          .ports = ports_of(settings()),
          .server_binary = ready_.server.binary,
          .server_version = to_text(ready_.server.version),
          .monitor_host = ready_.monitor_address,
          .monitor_port = settings().server.http_port,
          .interval =
              settings().health.enabled ? settings().health.interval : std::chrono::nanoseconds{}};
}

asio::awaitable<void> RunningBroker::tell_provisioned() {
  const HealthSources sources = health_sources();
  const health::Snapshot facts = co_await fresh_snapshot(sources);
  readiness_.provisioned(
      facts,
      fmt::format("ready: {} accepts clients, every declared subject is stored", client_url()));
}

Provisioner::Events RunningBroker::provisioner_events() {
  return {.on_server_ready =
              [this](std::uint64_t incarnation) {
                recovery_.ended();
                black_box_.became_ready(incarnation);
                supervisor_->server_ready(incarnation);
                if (store_)
                  store_->server_ready();
                if (cluster_)
                  cluster_->server_ready();
                migrator_->server_ready();
                prober_->forget();  // what was asked over the connection before
                // Also called when only our own connection came back.
                if (!settings().jetstream.enabled &&
                    std::exchange(told_ready_, incarnation) != incarnation)
                  log_->info("ready: {} accepts clients (JETSTREAM_ENABLED=false: no streams)",
                             client_url());
              },
          .on_provisioned =
              [this] {
                prober_->forget();  // what was seen of the disk was before the streams were there
                remember_store();   // before tasks of the worker that wait for nats-server
                asio::co_spawn(reactor_, tell_provisioned(), asio::detached);
              },
          .on_made =
              [this](const jetstream::MadeObject& object) {
                if (meta_sync_)
                  meta_sync_->made(object);
              },
          .until_on_disk = [this]() -> asio::awaitable<void> {
            // A publisher that waits for ready relies on its stream, also after a power loss. On a
            // sound disk this is over in milliseconds, and there is something to wait for only when
            // a stream was made or changed; a disk that is slower than that must not keep the
            // broker from serving.
            constexpr std::chrono::milliseconds kPatience{500};
            if (meta_sync_)
              co_await meta_sync_->settled(kPatience);
          }};
}

void RunningBroker::remember_store() {
  if (!guard_ || !provisioner_)
    return;
  worker_.post([memory = guard_->memory(), streams = ready_.manifest.streams,
                actual = provisioner_->view().actual, log = log_.get()] {
    if (const auto remembered = memory.remember(streams, actual); !remembered)
      log->warn("{}", remembered.error().message);
  });
}

SupervisorEvents RunningBroker::supervisor_events() {
  return {
      .before_spawn =
          [this](std::uint64_t incarnation, std::function<void(Result<void>)> done) {
            if (incarnation == 1)  // just written
              done({});
            else
              asio::co_spawn(reactor_, restore_conf(std::move(done)), asio::detached);
          },
      .on_spawned =
          [this](std::uint64_t incarnation) {
            prober_->forget();
            black_box_.spawned(incarnation);
            recovery_.spawned(incarnation, supervisor_->lifecycle().pid);
            provisioner_->spawned(incarnation);
            if (disk_)
              disk_->spawned(incarnation);
            if (store_)
              store_->spawned();
          },
      .on_server_line =
          [this](std::uint64_t incarnation, std::string_view line) {
            black_box_.server_line(incarnation, line);
            if (observe::is_traced(line))
              return;  // nobody below learns anything from these
            recovery_.server_line(line);
            provisioner_->server_line(incarnation, line);
            reloader_->server_line(line);
            if (disk_)
              disk_->server_line(incarnation, line);
            if (store_)
              store_->server_line(line);
            if (cluster_)
              cluster_->server_line(line);
          },
      .said = [this](std::uint64_t incarnation) { return black_box_.said(incarnation); },
      .on_exited =
          [this](std::uint64_t incarnation) {
            prober_->forget();
            limits_.forget();
            recovery_.ended();
            migrator_->server_gone();
            if (cluster_)
              cluster_->ended();
            provisioner_->exited(incarnation);
          },
      .on_phase = [this](supervise::Phase phase) { phase_changed(phase); },
      .on_incident = [this](const supervise::Incident& incident) { black_box_.happened(incident); },
      .on_finished = [this](int exit_code) { finish(exit_code); }};
}

HealthSources RunningBroker::health_sources() {
  // NOLINTBEGIN(bugprone-unchecked-optional-access): compose() comes before anybody asks
  return {.supervisor = *supervisor_,
          .provisioner = *provisioner_,
          .prober = *prober_,
          .disk = disk_ ? &*disk_ : nullptr,
          .store = store_ ? &*store_ : nullptr,
          .limits = limits_,
          .parts = parts_,
          .worker = worker_,
          .log = *log_,
          .readiness = readiness_,
          .black_box = black_box_,
          .recovery = recovery_,
          .stopping = stopping_,
          .jetstream_enabled = settings().jetstream.enabled,
          .clustered = settings().cluster.enabled,
          .store_dir = settings().jetstream.store_dir,
          .power_loss_costs = power_loss_costs(settings().jetstream, ready_.server.version),
          .server_binary = ready_.server.binary,
          .version = ready_.server.version,
          .client_url = client_url(),
          .monitor_url =
              fmt::format("http://{}:{}", settings().server.http_host, settings().server.http_port),
          .monitor_host = ready_.monitor_address,
          .monitor_port = settings().server.http_port,
          .started_at = started_at_,
          .started_unix_ms = started_unix_ms_,
          .warnings = ready_.warnings};
  // NOLINTEND(bugprone-unchecked-optional-access)
}

}  // namespace unified::app
