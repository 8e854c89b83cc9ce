#include "app/sidecar.h"

#include <csignal>
#include <cstdio>
#include <exception>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <fmt/format.h>

#include "app/final_sweep.h"
#include "app/health_report.h"
#include "app/known_streams.h"
#include "app/pause_file.h"
#include "app/provision_options.h"
#include "app/reactor_loop.h"
#include "app/sidecar_routes.h"
#include "app/verb_routes.h"
#include "app/watched_files.h"
#include "os/reaper.h"

namespace unified::app {
namespace {

namespace asio = boost::asio;

/// A guess at where monitoring is must not make every probe slow where a firewall drops it.
constexpr std::chrono::milliseconds kGuessPatience{1000};

ProvisionOptions options_at_start(const Preparation& ready) {
  ProvisionOptions options = provision_options(ready);
  options.store_dir = store_to_look_into(ready.settings);
  return options;
}

ProbeTarget probe_target(const config::Settings& settings) {
  ProbeTarget target;
  target.jetstream = settings.jetstream.enabled;
  if (settings.clients.monitor_url.empty())
    target.monitor_patience = kGuessPatience;
  return target;
}

}  // namespace

Sidecar::Sidecar(Preparation ready,
                 Admission admitted,
                 ReadSidecarAgain read_again,
                 std::vector<std::string> env_files)
    : ready_(std::move(ready)),
      run_dir_(std::move(admitted.run_dir)),
      lock_(std::move(admitted.lock)),
      control_of_before_(std::move(admitted.control)),
      log_(std::move(admitted.log)),
      provisioner_(
          reactor_.get_executor(), worker_, options_at_start(ready_), *log_, provisioner_events()),
      pauser_({.reactor = reactor_.get_executor(),
               .worker = worker_,
               .provisioner = provisioner_,
               .log = *log_,
               .file = pause_file_in(run_dir_)}),
      prober_(reactor_.get_executor(), provisioner_, probe_target(ready_.settings)),
      link_(reactor_.get_executor(),
            {.current = ready_,
             .provisioner = provisioner_,
             .log = *log_,
             .on_change = [this](const std::string& host, int port) { prober_.aim(host, port); }}),
      reloader_(reactor_.get_executor(),
                {.current = ready_,
                 .link = link_,
                 .provisioner = provisioner_,
                 .log = *log_,
                 .read_again = std::move(read_again),
                 .on_read = [this] { watch_files(); }}),
      env_files_(std::move(env_files)) {
  provisioner_.keep_pauses_in(pause_file_in(run_dir_));
  (void)read_pauses(pause_file_in(run_dir_), *provisioner_.held_streams());  // told by the pauser
  auto known = read_known_streams(run_dir_);
  if (known)
    provisioner_.remember(*std::move(known));
  else
    provisioner_.doubt(known.error().message);
}

BrokerEnd Sidecar::run() {
  if (const auto watched = watch_signals(); !watched) {
    log_->error("{}", watched.error().message);
    finish(kExitInternal);
  } else {
    start();
  }
  run_until_ended(reactor_, exit_code_, *log_);
  const int exit_code = exit_code_.value_or(kExitInternal);
  os::Handover keep;
  if (again_)
    keep = {std::move(lock_.fd), control_ ? control_->hand_over() : os::UniqueFd{}, os::UniqueFd{}};
  control_.reset();
  // The next start needs the list of the server's streams, which may not be on the disk yet, and
  // the pauses, whose file somebody may have removed a moment ago.
  pauser_.write_again();
  worker_.drain(std::chrono::milliseconds{500});
  if (again_) {
    log_->info("starting anew, as asked");
  } else {
    sweep_namespace();
    log_->info("stopped with exit code {}", exit_code);
  }
  log_->drain(std::chrono::milliseconds{200});
  return {exit_code, again_, std::move(keep)};
}

Result<void> Sidecar::watch_signals() {
  auto watch = SignalWatch::start(reactor_.get_executor(), *log_,
                                  [this](const os::ReceivedSignal& received) { take(received); });
  if (!watch)
    return watch.error();
  signals_ = *std::move(watch);
  return {};
}

void Sidecar::take(const os::ReceivedSignal& received) {
  switch (received.signal) {
    case SIGCHLD:  // none of ours: orphans, as PID 1 gets them
      while (os::reap_all({}).more) {
      }
      return;
    case SIGTERM:
    case SIGINT:
    case SIGQUIT:
      stop_by(fmt::format(
          "{}{}", os::signal_name(received.signal),
          received.sender_pid > 0 ? fmt::format(" from pid {}", received.sender_pid) : ""));
      return;
    case SIGUSR1:
      log_->reopen();
      return;
    case SIGUSR2:
      log_->error(
          "SIGUSR2: a sidecar (AUTO_START_NATS=false) has no nats-server to put into lame duck "
          "mode; TERM stops the sidecar");
      return;
    case SIGHUP:
      reloader_.hang_up();
      return;
    default:
      return;
  }
}

void Sidecar::start() {
  for (const std::string& warning : ready_.warnings)
    log_->warn("{}", warning);
  log_->info(
      "unified_entrypoint is the sidecar of {} (AUTO_START_NATS=false: no nats-server is started "
      "here), environment {}, streams: {}",
      link_.where(), ready_.settings.server.environment, ready_.manifest.source);
  const Result<void> listening = parts_.start("control socket", [this] { return listen(); });
  if (!listening && !may_listen_later(listening.error())) {
    log_->error("{}", listening.error().message);
    finish(kExitConfiguration);
    return;
  }
  asio::co_spawn(reactor_, link_.run(), [this](const std::exception_ptr& failure) {
    if (!failure)
      return;
    log_->error("internal error while looking for the server");
    finish(kExitInternal);
  });
  pauser_.start();
  report();
  watch_files();
}

void Sidecar::watch_files() {
  if (!ready_.settings.supervision.reload_on_change || stopping_)
    return;
  if (!files_)
    files_ = std::make_unique<FileWatch>(reactor_.get_executor(), *log_,
                                         [this] { reloader_.hang_up(); });
  parts_.start_slowly("RELOAD_ON_CHANGE", [this] {
    return files_->watch(watched_files(ready_, env_files_), ready_.read_at);
  });
}

Result<void> Sidecar::listen() {
  auto control =
      api::ControlServer::listen(reactor_.get_executor(), os::control_socket_in(run_dir_), routes(),
                                 std::move(control_of_before_));
  if (!control)
    return control.error();
  control_ = *std::move(control);
  run_dir_keeper_.guard(*control_);
  return {};
}

std::vector<api::Route> Sidecar::routes() {
  std::vector<api::Route> all = sidecar_routes(sources());
  Verbs verbs{.who = "the sidecar",
              .leaving = [this] { return stopping_; },
              .start = [from = sources()] { return refuse_foreign(from, "starting"); },
              .down = [from = sources()] { return refuse_foreign(from, "stopping"); },
              .reload = [this] { return reloader_.reload(); },
              .restart = [this] { return restart(); },
              .leave = [this] { leave(); },
              .started_unix_ms = started_unix_ms_};
  for (api::Route& route : verb_routes(std::move(verbs)))
    all.push_back(std::move(route));
  for (api::Route& route : pauser_.routes())
    all.push_back(std::move(route));
  return all;
}

void Sidecar::report() {
  const config::HealthSettings& health = ready_.settings.health;
  if (!health.enabled)
    return;
  MakeChecks make_checks = [from = sources()] { return all_checks(from); };
  asio::co_spawn(reactor_, report_health(std::move(make_checks), stopping_, health.interval, *log_),
                 asio::detached);
}

SidecarSources Sidecar::sources() {
  return {.current = ready_,
          .link = link_,
          .provisioner = provisioner_,
          .prober = prober_,
          .log = *log_,
          .readiness = readiness_,
          .parts = parts_,
          .limits = limits_,
          .stopping = stopping_,
          .started_at = started_at_,
          .started_unix_ms = started_unix_ms_};
}

Provisioner::Events Sidecar::provisioner_events() {
  return {.on_server_ready = [this](std::uint64_t incarnation) { link_.connected(incarnation); },
          .on_provisioned =
              [this] {
                prober_.forget();
                std::string words =
                    fmt::format("ready: {} accepts clients, every declared subject is stored",
                                link_.server() ? link_.server()->url : link_.where());
                asio::co_spawn(reactor_, tell_provisioned(sources(), std::move(words)),
                               asio::detached);
              },
          .on_lost = [this](std::uint64_t incarnation,
                            const std::string& why) { link_.lost(incarnation, why); },
          .on_known =
              [this](const Provisioner::KnownStreams& known) {
                worker_.post([run_dir = run_dir_, log = log_.get(), known] {
                  if (const auto kept = keep_known_streams(run_dir, known); !kept)
                    log->warn("{}; a restart of the sidecar forgets what the servers had",
                              kept.error().message);
                });
              }};
}

void Sidecar::stop_by(const std::string& who) {
  stopping_ = true;
  log_->info("asked to stop by {}", who);
  provisioner_.stop();
  link_.stop();
  finish(kExitOk);
}

asio::awaitable<std::optional<Failure>> Sidecar::restart() {
  std::optional<Failure> fault = co_await reloader_.find_fault();
  if (fault)
    co_return fault;
  after_the_answer(reactor_, [this] {
    again_ = !stopping_;
    finish(kExitOk);
  });
  co_return std::nullopt;
}

void Sidecar::leave() {
  stopping_ = true;  // now: a restart under way must not begin anew
  after_the_answer(reactor_, [this] { stop_by("the stop command"); });
}

void Sidecar::finish(int exit_code) {
  if (!exit_code_)
    exit_code_ = exit_code;
  reactor_.stop();
}

BrokerEnd run_sidecar(Preparation preparation,
                      ReadSidecarAgain read_again,
                      std::vector<std::string> env_files,
                      os::Handover kept) {
  auto admitted = admit(preparation, std::move(kept));
  if (!admitted) {
    for (const std::string& line : admitted.error().lines)
      fmt::print(stderr, "unified_entrypoint: {}\n", line);
    return {admitted.error().exit_code, false, {}};
  }
  // Never destroyed, as the broker: the workers may still wait for a server that does not answer.
  // NOLINTNEXTLINE(cppcoreguidelines-owning-memory)
  auto* sidecar = new Sidecar{std::move(preparation), *std::move(admitted), std::move(read_again),
                              std::move(env_files)};
  return sidecar->run();
}

}  // namespace unified::app
