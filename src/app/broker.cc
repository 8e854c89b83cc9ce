#include "app/broker.h"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <optional>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "api/control_server.h"
#include "app/conf_file.h"
#include "app/control_routes.h"
#include "app/final_sweep.h"
#include "app/log_setup.h"
#include "app/prober.h"
#include "app/provisioner.h"
#include "app/server_command.h"
#include "app/store_guard.h"
#include "app/store_state.h"
#include "app/supervisor.h"
#include "app/worker.h"
#include "health/assess.h"
#include "os/run_dir.h"
#include "os/signals.h"

namespace unified::app {
namespace {

namespace asio = boost::asio;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::minutes kDiskPatience{1};

class Broker {
 public:
  Broker(Preparation ready,
         std::string run_dir,
         std::unique_ptr<observe::Log> log,
         ServerCommand command)
      : ready_(std::move(ready)),
        run_dir_(std::move(run_dir)),
        log_(std::move(log)),
        command_(std::move(command)) {}

  int run() {
    if (const auto watched = watch_signals(); !watched) {
      log_->error("{}", watched.error().message);
      finish(kExitInternal);
    } else {
      asio::co_spawn(reactor_, start(), [this](const std::exception_ptr& failure) {
        if (failure)  // a start that broke off would be a broker that does nothing for ever
          give_up({kExitInternal, {"internal error during the start"}});
      });
    }
    // An exception here is a bug or a lack of memory in one handler: the broker goes on with the
    // next.
    while (!exit_code_) {
      try {
        reactor_.run();
      } catch (const std::exception& error) {
        log_->error("internal error, going on: {}", error.what());
      }
    }
    control_.reset();
    sweep_namespace();
    log_->info("stopped with exit code {}", *exit_code_);
    log_->drain(std::chrono::milliseconds{200});
    return *exit_code_;
  }

 private:
  const config::Settings& settings() const { return ready_.settings; }

  // ---- signals

  Result<void> watch_signals() {
    auto descriptor = os::make_signal_fd(os::all_but_fault_signals());
    if (!descriptor)
      return descriptor.error();
    signals_.emplace(reactor_, descriptor->release());
    asio::co_spawn(reactor_, take_signals(), asio::detached);
    return {};
  }

  asio::awaitable<void> take_signals() {
    while (!exit_code_) {
      const auto [error] =
          co_await signals_->async_wait(asio::posix::stream_descriptor::wait_read, kAwait);
      if (error)
        co_return;
      while (const auto received = os::read_signal(signals_->native_handle())) {
        try {
          take(*received);
        } catch (const std::exception& failure) {
          log_->error("internal error while taking a signal, going on: {}", failure.what());
        }
      }
    }
  }

  void take(const os::ReceivedSignal& received) {
    switch (received.signal) {
      case SIGCHLD:
        if (supervisor_)
          supervisor_->reap();
        return;
      case SIGTERM:
      case SIGINT:
      case SIGQUIT:
        return stop(received);
      case SIGHUP:
      case SIGUSR1:
      case SIGUSR2:
        log_->warn("ignored signal {}: reload, log reopening and lame duck are not built yet",
                   received.signal);
        return;
      default:
        return;
    }
  }

  void stop(const os::ReceivedSignal& received) {
    log_->info("asked to stop by signal {}{}", received.signal,
               received.sender_pid > 0 ? fmt::format(" from pid {}", received.sender_pid) : "");
    stopping_ = true;
    if (provisioner_)
      provisioner_->stop();
    if (supervisor_)
      supervisor_->stop();
    else
      finish(kExitOk);
  }

  // ---- start

  asio::awaitable<void> start() {
    announce();
    const auto failed = co_await prepare_store();
    if (exit_code_)
      co_return;
    if (failed)
      co_return give_up(*failed);
    const std::string conf = conf_path(settings().server.config_file, run_dir_);
    std::function<Result<void>()> write = [this, conf] { return write_conf(conf, ready_.conf); };
    const auto written = co_await worker_.call<Result<void>>(std::move(write), kDiskPatience);
    if (exit_code_)
      co_return;
    if (!written || !*written)
      co_return give_up(
          {kExitConfiguration,
           {written ? written->error().message : conf + ": the disk does not answer"}});
    compose(conf);
    if (const auto listening = listen(); !listening)
      co_return give_up({kExitBusy, {listening.error().message}});
    supervisor_->start();
    if (settings().health.enabled)
      co_await report_health();
  }

  void announce() {
    for (const std::string& warning : ready_.warnings)
      log_->warn("{}", warning);
    log_->info("unified_entrypoint starts nats-server {} ({}), environment {}, streams: {}",
               to_text(ready_.server.version), ready_.server.binary, settings().server.environment,
               ready_.manifest.source);
  }

  asio::awaitable<std::optional<Failure>> prepare_store() {
    if (!settings().jetstream.enabled)
      co_return std::nullopt;
    guard_.emplace(settings(), ready_.manifest.streams, ready_.server.version, run_dir_);
    std::function<bool()> cancelled = [this] { return exit_code_.has_value(); };
    auto checked =
        co_await guard_->open(reactor_.get_executor(), worker_, *log_, std::move(cancelled));
    if (!checked)
      co_return checked.error();
    for (const std::string& warning : *checked)
      log_->warn("{}", warning);
    co_return std::nullopt;
  }

  void compose(const std::string& conf) {
    provisioner_.emplace(reactor_.get_executor(), worker_, provision_options(), *log_,
                         provisioner_events());
    prober_.emplace(reactor_.get_executor(), *provisioner_, ready_.monitor_address,
                    settings().server.http_port, settings().jetstream.enabled);
    os::SpawnRequest request = spawn_request(command_, ready_.server.binary, conf);
    if (guard_)
      request.inherited_fds = {guard_->lock_fd()};
    supervisor_ =
        Supervisor::create(reactor_.get_executor(), std::move(request),
                           restart_policy(settings().supervision), *log_, supervisor_events());
  }

  ProvisionOptions provision_options() const {
    ProvisionOptions options;
    options.connect = ready_.connect;
    options.jetstream_enabled = settings().jetstream.enabled;
    options.desired = ready_.manifest.streams;
    options.allowed = allowed_from(settings().reconcile.allow);
    options.version = ready_.server.version;
    options.clustered = settings().cluster.enabled;
    options.store_dir = settings().jetstream.store_dir;
    options.init_timeout = settings().reconcile.init_timeout;
    options.reconcile_interval = settings().reconcile.interval;
    return options;
  }

  Provisioner::Events provisioner_events() {
    return {.on_server_ready =
                [this](std::uint64_t incarnation) { supervisor_->server_ready(incarnation); },
            .on_provisioned =
                [this] {
                  log_->info("ready: {} accepts clients, every declared subject is stored",
                             client_url());
                  worker_.post([this, actual = provisioner_->view().actual] {
                    if (const auto remembered = guard_->remember(actual); !remembered)
                      log_->warn("{}", remembered.error().message);
                  });
                }};
  }

  SupervisorEvents supervisor_events() {
    return {.on_spawned =
                [this](std::uint64_t incarnation) {
                  prober_->forget();
                  provisioner_->spawned(incarnation);
                },
            .on_server_line =
                [this](std::uint64_t incarnation, std::string_view line) {
                  provisioner_->server_line(incarnation, line);
                },
            .on_exited =
                [this](std::uint64_t incarnation) {
                  prober_->forget();
                  provisioner_->exited(incarnation);
                },
            .on_finished = [this](int exit_code) { finish(exit_code); }};
  }

  std::string client_url() const {
    return fmt::format("{}://{}:{}", settings().tls.enabled ? "tls" : "nats",
                       settings().server.host, settings().server.port);
  }

  HealthSources health_sources() {
    return {.supervisor = *supervisor_,
            .provisioner = *provisioner_,
            .prober = *prober_,
            .worker = worker_,
            .log = *log_,
            .stopping = stopping_,
            .jetstream_enabled = settings().jetstream.enabled,
            .clustered = settings().cluster.enabled,
            .store_dir = settings().jetstream.store_dir,
            .server_binary = ready_.server.binary,
            .version = ready_.server.version,
            .client_url = client_url(),
            .monitor_url = fmt::format("http://{}:{}", settings().server.http_host,
                                       settings().server.http_port),
            .started_at = started_at_,
            .warnings = ready_.warnings};
  }

  Result<void> listen() {
    auto control = api::ControlServer::listen(reactor_.get_executor(), run_dir_ + "/control.sock",
                                              control_routes(health_sources()));
    if (!control)
      return control.error();
    control_ = *std::move(control);
    return {};
  }

  /// The periodic report: one line when the broker's health changes, not one a minute.
  asio::awaitable<void> report_health() {
    const HealthSources sources = health_sources();
    asio::steady_timer timer{reactor_};
    health::Status told = health::Status::kPass;
    while (!exit_code_ && settings().health.interval.count() > 0) {
      timer.expires_after(settings().health.interval);
      co_await timer.async_wait(kAwait);
      if (stopping_ || exit_code_)
        co_return;
      const std::vector<health::Check> checks = co_await all_checks(sources);
      const health::Status now = health::worst(checks);
      if (now == std::exchange(told, now))
        continue;
      for (const health::Check& check : checks)
        if (check.status != health::Status::kPass)
          log_->warn("health: {} {}: {}", health::to_text(check.status), check.name, check.message);
      if (now == health::Status::kPass)
        log_->info("health: every check passes again");
    }
  }

  // ---- end

  void give_up(const Failure& failure) {
    for (const std::string& line : failure.lines)
      log_->error("{}", line);
    finish(failure.exit_code);
  }

  void finish(int exit_code) {
    if (!exit_code_)
      exit_code_ = exit_code;
    reactor_.stop();
  }

  Preparation ready_;
  std::string run_dir_;
  std::unique_ptr<observe::Log> log_;
  ServerCommand command_;
  std::chrono::steady_clock::time_point started_at_ = std::chrono::steady_clock::now();
  asio::io_context reactor_{1};
  Worker worker_{reactor_.get_executor()};
  bool stopping_ = false;
  std::optional<int> exit_code_;
  std::optional<asio::posix::stream_descriptor> signals_;
  std::optional<StoreGuard> guard_;
  std::optional<Provisioner> provisioner_;
  std::optional<Prober> prober_;
  std::unique_ptr<Supervisor> supervisor_;
  std::unique_ptr<api::ControlServer> control_;
};

int refuse(ExitCode exit_code, const std::string& line) {
  fmt::print(stderr, "unified_entrypoint: {}\n", line);
  return exit_code;
}

}  // namespace

int run_broker(Preparation preparation,
               const os::Environment& environment,
               const std::vector<std::string>& server_arguments) {
  auto run_dir = os::make_run_dir(preparation.run_dir_candidates);
  if (!run_dir)
    return refuse(kExitConfiguration, run_dir.error().message);
  const auto lock = os::try_lock_run_dir(*run_dir);
  if (!lock)
    return refuse(kExitBusy, lock.error().message);
  if (lock->held_by_another())
    return refuse(
        kExitBusy,
        fmt::format(
            "RUN_DIR {} is used by another supervisor (pid {}); stop it, or set another RUN_DIR",
            *run_dir, os::run_dir_holder(*run_dir).value_or(0)));
  auto log = open_log(preparation.settings, preparation.internal, preparation.warnings);
  if (!log)
    return refuse(kExitConfiguration, log.error().message);
  auto command = server_command(environment, server_arguments);
  // Never destroyed: the worker may still wait for a server that does not answer, and the process
  // ends with this function.
  auto* broker = new Broker{std::move(preparation), *run_dir, *std::move(log),
                            std::move(command)};  // NOLINT(cppcoreguidelines-owning-memory)
  return broker->run();
}

}  // namespace unified::app
