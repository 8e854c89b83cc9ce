#include <algorithm>
#include <cerrno>
#include <exception>
#include <filesystem>
#include <iterator>
#include <optional>
#include <tuple>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "app/conf_claim.h"
#include "app/conf_file.h"
#include "app/control_routes.h"
#include "app/health_report.h"
#include "app/kept_meta.h"
#include "app/pause_file.h"
#include "app/power_loss.h"
#include "app/provision_options.h"
#include "app/running_broker.h"
#include "app/start_patience.h"
#include "app/stream_keys.h"
#include "app/verb_routes.h"
#include "app/watchdog.h"
#include "app/watched_files.h"
#include "health/http/http_probe.h"
#include "jetstream/api_answers.h"
#include "os/passing_fault.h"

// How it begins: the store, nats.conf, the parts, the server.
namespace unified::app {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::minutes kConfPatience{1};
/// Trials of the store without any sign: nats-server's own words tell sooner.
constexpr int kQuietLooks = 6;
constexpr std::chrono::minutes kLongestQuiet{1};

/// Mends keys of encrypted streams that an earlier server replaced, and configurations that it left
/// half written. Before every start of a server. Blocks.
Result<void> ready_store(const std::string& store, bool encrypted, observe::Log& log) {
  for (const std::string& line : put_torn_meta_back(store))
    log.warn("{}", line);
  const auto lines = prepare_stream_keys(store, encrypted);
  if (!lines)
    return lines.error();
  for (const std::string& line : *lines)
    log.warn("{}", line);
  return {};
}

}  // namespace

asio::awaitable<void> RunningBroker::start() {
  announce();
  const auto failed = co_await prepare_store();
  if (failed)
    co_return give_up(*failed);
  const auto stuck = co_await find_migrations();
  if (stuck)
    co_return give_up(*stuck);
  const auto unwritten = co_await prepare_conf();
  if (unwritten)
    co_return give_up(*unwritten);
  compose();
  run_dir_keeper_.guard_conf({conf_, conf_lock_path_, &conf_lock_});
  const Result<void> listening = parts_.start("control socket", [this] { return listen(); });
  if (!listening && !may_listen_later(listening.error()))
    co_return give_up({kExitConfiguration, {listening.error().message}});
  supervisor_->start();
  reload_if_wanted();
  watch();
  watch_files();
  if (settings().health.enabled) {
    MakeChecks make_checks = [sources = health_sources()] { return all_checks(sources); };
    co_await report_health(std::move(make_checks), stopping_, settings().health.interval, *log_);
  }
}

asio::awaitable<std::optional<Failure>> RunningBroker::write_first_conf() {
  StartPatience patience{started_at_, settings().reconcile.init_timeout};
  for (;;) {
    std::function<Result<void>()> write = [path = conf_, text = ready_.conf] {
      return write_conf(path, text, os::Durability::kQuick);
    };
    std::optional<Result<void>> written =
        co_await worker_.call<Result<void>>(std::move(write), kConfPatience);
    if (!written)
      written = Result<void>{Error{conf_ + ": the disk does not answer", ETIMEDOUT}};
    if (*written)
      co_return std::nullopt;
    const std::string& why = written->error().message;
    const bool passing = conf_fault_may_pass(written->error());
    if (auto failed = patience.failed(why, passing, std::chrono::steady_clock::now()))
      co_return failed;
    std::string line = patience.line_to_tell(why);
    co_await wait_for(std::move(line));
  }
}

bool RunningBroker::conf_fault_may_pass(const Error& error) const {
  // The keeper makes RUN_DIR anew.
  const bool gone = error.number == ENOENT &&
                    std::filesystem::path{conf_}.parent_path() == std::filesystem::path{run_dir_};
  return gone || os::may_pass(error);
}

asio::awaitable<void> RunningBroker::wait_for(std::string line) {
  if (!line.empty())
    log_->warn("{}", line);
  asio::steady_timer timer{reactor_, StartPatience::kStartRetry};
  co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

void RunningBroker::announce() {
  for (const std::string& warning : ready_.warnings)
    log_->warn("{}", warning);
  log_->info("unified_entrypoint starts nats-server {} ({}), environment {}, streams: {}",
             to_text(ready_.server.version), ready_.server.binary, settings().server.environment,
             ready_.manifest.source);
  if (settings().jetstream.enabled)
    log_->info("a power loss may cost {}",
               power_loss_costs(settings().jetstream, ready_.server.version));
}

asio::awaitable<std::optional<Failure>> RunningBroker::prepare_store() {
  if (!settings().jetstream.enabled)
    co_return std::nullopt;
  guard_.emplace(settings(), ready_.manifest.streams, ready_.server.version, run_dir_);
  asio::any_io_executor executor = reactor_.get_executor();
  auto checked = co_await guard_->open(std::move(executor), worker_, *log_);
  if (!checked)
    co_return checked.error();
  for (const std::string& warning : *checked)
    log_->warn("{}", warning);
  ready_.warnings.insert(ready_.warnings.end(), checked->begin(), checked->end());
  co_return std::nullopt;
}

asio::awaitable<std::optional<Failure>> RunningBroker::find_migrations() {
  if (!settings().jetstream.enabled)
    co_return std::nullopt;
  struct Migrations {
    std::vector<PendingMigration> pending;
    std::vector<std::string> lines;
  };
  using Found = Result<Migrations>;
  std::function<Found()> task = [store = store_dir()]() -> Found {
    auto pending = pending_migrations(store);
    if (!pending)
      return pending.error();
    auto lines = clear_the_way(store);
    if (!lines)
      return lines.error();
    std::ranges::move(put_leftovers_aside(store), std::back_inserter(*lines));
    return Migrations{*std::move(pending), *std::move(lines)};
  };
  std::optional<Found> found = co_await worker_.call<Found>(std::move(task), kConfPatience);
  if (!found || !*found)
    co_return Failure{
        kExitConfiguration,
        {found ? found->error().message : store_dir() + ": the disk does not answer"}};
  Migrations& migrations = **found;
  pending_ = std::move(migrations.pending);
  for (const std::string& line : migrations.lines)
    log_->warn("{}", line);
  co_return std::nullopt;
}

asio::awaitable<std::optional<Failure>> RunningBroker::prepare_conf() {
  using Paths = std::pair<std::string, std::string>;
  std::function<Paths()> find = [named = settings().server.config_file, run_dir = run_dir_] {
    std::string conf = conf_path(named, run_dir);
    std::string lock = conf_lock_path(conf);
    return Paths{std::move(conf), std::move(lock)};
  };
  auto paths = co_await worker_.call<Paths>(std::move(find), kConfPatience);
  if (!paths)
    co_return Failure{kExitRestartsSpent,
                      {"NATS_CONFIG_FILE: where nats.conf goes can't be told: the disk does not "
                       "answer"}};
  std::tie(conf_, conf_lock_path_) = *std::move(paths);
  auto unclaimed = co_await claim_first_conf();
  if (unclaimed)
    co_return unclaimed;
  auto unwritten = co_await write_first_conf();
  co_return unwritten;
}

asio::awaitable<std::optional<Failure>> RunningBroker::claim_first_conf() {
  StartPatience patience{started_at_, settings().reconcile.init_timeout};
  for (;;) {
    ConfClaim claim{.reactor = reactor_.get_executor(),
                    .worker = worker_,
                    .log = *log_,
                    .path = conf_,
                    .patience = settings().supervision.stop_timeout,
                    .may_pass = [this](const Error& error) { return conf_fault_may_pass(error); }};
    auto lock = co_await claim_conf(std::move(claim), std::move(conf_lock_));
    if (lock) {
      conf_lock_ = *std::move(lock);
      co_return std::nullopt;
    }
    if (lock.error().exit_code == kExitBusy)
      co_return lock.error();
    const std::string& why = lock.error().lines.front();
    const bool passing = lock.error().exit_code == kExitRestartsSpent;
    if (auto failed = patience.failed(why, passing, std::chrono::steady_clock::now()))
      co_return failed;
    std::string line = patience.line_to_tell(why);
    co_await wait_for(std::move(line));
  }
}

void RunningBroker::compose() {
  if (settings().jetstream.enabled)
    meta_sync_.emplace(reactor_.get_executor(), *log_, store_dir());
  provisioner_.emplace(reactor_.get_executor(), worker_, provision_options(ready_), *log_,
                       provisioner_events());
  if (settings().jetstream.enabled)
    provisioner_->keep_pauses_in(pause_file_in(store_dir()));
  pauser_.emplace(Pauser::Parts{.reactor = reactor_.get_executor(),
                                .worker = worker_,
                                .provisioner = *provisioner_,
                                .log = *log_,
                                .file = pause_file_in(store_dir())});
  if (settings().jetstream.enabled)
    pauser_->start();
  migrator_.emplace(Migrator::Parts{.reactor = reactor_.get_executor(),
                                    .worker = worker_,
                                    .provisioner = *provisioner_,
                                    .log = *log_,
                                    .server_binary = ready_.server.binary,
                                    .encrypted = !settings().jetstream.encryption_key.empty(),
                                    .max_memory = settings().jetstream.max_memory,
                                    .on_end = [this] { reload_if_wanted(); }});
  if (!pending_.empty())
    migrator_->resume(std::move(pending_));
  prober_.emplace(reactor_.get_executor(), *provisioner_,
                  ProbeTarget{.monitor_host = ready_.monitor_address,
                              .monitor_port = settings().server.http_port,
                              .jetstream = settings().jetstream.enabled,
                              .store_dir = settings().jetstream.store_dir,
                              .max_file = settings().jetstream.max_file,
                              .on_measured = [this](const Probes& probes) {
                                if (disk_)
                                  disk_->measured(probes);
                                if (store_)
                                  store_->measured(probes);
                              }});
  os::SpawnRequest request = spawn_request(command_, ready_.server.binary, conf_);
  if (guard_)
    request.inherited_fds = guard_->lock_fds();
  supervisor_ = Supervisor::create(reactor_.get_executor(), std::move(request),
                                   supervision_policy(settings()), *log_, supervisor_events());
  // NOLINTNEXTLINE(bugprone-unchecked-optional-access): made above
  reloader_.emplace(reactor_.get_executor(),
                    Reloader::Parts{.current = ready_,
                                    .run_dir = run_dir_,
                                    .conf_path = conf_,
                                    .supervisor = *supervisor_,
                                    .provisioner = *provisioner_,
                                    .log = *log_,
                                    .read_again = options_.read_again,
                                    .server_arguments = options_.server_arguments,
                                    .on_done = [this] { watch_files(); }});
  if (settings().jetstream.enabled) {
    watch_store();
    // Older ones have no page that tells (/raftz), and were not seen to leave a node out.
    constexpr ServerVersion kHasRaftz{2, 10, 0};
    if (settings().cluster.enabled && ready_.server.version >= kHasRaftz)
      watch_cluster();
  }
}

void RunningBroker::watch_store() {
  // NOLINTBEGIN(bugprone-unchecked-optional-access): compose() made them
  disk_.emplace(reactor_.get_executor(), *supervisor_, *provisioner_, *log_,
                DiskWatch::Options{.store_dir = settings().jetstream.store_dir,
                                   .largest_message = settings().limits.max_payload});
  store_.emplace(
      StoreWatch::Parts{.reactor = reactor_.get_executor(),
                        .supervisor = *supervisor_,
                        .provisioner = *provisioner_,
                        .black_box = black_box_,
                        .log = *log_},
      StoreWatch::Options{.store_dir = settings().jetstream.store_dir,
                          .quiet_period = std::min<std::chrono::nanoseconds>(
                              kQuietLooks * settings().health.liveness_interval, kLongestQuiet),
                          .monitor_host = ready_.monitor_address,
                          .monitor_port = settings().server.http_port});
  // NOLINTEND(bugprone-unchecked-optional-access)
}

void RunningBroker::watch_cluster() {
  cluster_.emplace(ClusterWatch::Parts{
      .reactor = reactor_.get_executor(),
      .get = [host = ready_.monitor_address, port = settings().server.http_port](
                 std::string target) -> asio::awaitable<Result<std::string>> {
        constexpr std::chrono::seconds kPatience{2};
        constexpr int kHttpOk = 200;
        std::string at = host;
        auto answer = co_await health::http_get(std::move(at), port, std::move(target), kPatience);
        if (!answer)
          co_return answer.error();
        if (answer->status != kHttpOk)
          co_return Error{.message = fmt::format("HTTP status {}", answer->status)};
        co_return std::move(answer->body);
      },
      .leader_answers = [this]() -> asio::awaitable<bool> {
        // Only the leader of the metadata group answers this request (2.10, 2.15). Without an
        // answer it occupies the worker for half a second.
        constexpr std::chrono::milliseconds kPatience{500};
        std::string subject = "$JS.API.INFO";
        std::string nothing;
        const auto answer =
            co_await provisioner_->relay(std::move(subject), std::move(nothing), kPatience);
        co_return answer.ok() &&
            jetstream::parse_answer(*answer, "cannot ask for the account").ok();
      },
      .on_left_out =
          [this](const std::string& why) {
            const supervise::Lifecycle& life = supervisor_->lifecycle();
            if (stopping_ || life.want != supervise::Want::kUp ||
                life.phase != supervise::Phase::kRunning)
              return true;  // this server is on its way out
            // Whoever has begun one of these wants it to go on.
            if (!provisioner_->held().empty() || provisioner_->held_streams()->any_restore())
              return false;
            log_->warn("{}; starting nats-server anew, so that it joins them", why);
            supervisor_->down(why, true);
            supervisor_->start();
            return true;
          }});
}

void RunningBroker::watch() {
  const config::HealthSettings& health = settings().health;
  if (!health.enabled || health.failures == 0)
    return;
  const supervise::WatchdogPolicy policy{
      .failures = health.failures,
      .judges_jetstream = settings().jetstream.enabled && !settings().cluster.enabled};
  asio::co_spawn(reactor_,
                 watch_for_hangs(health_sources(), health.liveness_interval, policy,
                                 [this](std::uint64_t incarnation, const std::string& why) {
                                   black_box_.found_hung(why);
                                   supervisor_->found_hung(incarnation, why);
                                 }),
                 asio::detached);
}

void RunningBroker::watch_files() {
  if (!settings().supervision.reload_on_change || stopping_)
    return;
  if (!files_)
    files_ = std::make_unique<FileWatch>(reactor_.get_executor(), *log_, [this] {
      reload_wanted_ = true;
      reload_if_wanted();
    });
  parts_.start_slowly("RELOAD_ON_CHANGE", [this] {
    return files_->watch(watched_files(ready_, options_.env_files), ready_.read_at);
  });
}

Result<void> RunningBroker::listen() {
  auto control =
      api::ControlServer::listen(reactor_.get_executor(), os::control_socket_in(run_dir_), routes(),
                                 std::move(control_of_before_));
  if (!control)
    return control.error();
  control_ = *std::move(control);
  run_dir_keeper_.guard(*control_);
  return {};
}

std::vector<api::Route> RunningBroker::routes() {
  std::vector<api::Route> all = control_routes(health_sources());
  // NOLINTBEGIN(bugprone-unchecked-optional-access): compose() comes before anybody asks
  Verbs verbs{.who = "the broker",
              .leaving = [this] { return stopping_ || is_leaving(); },
              .start =
                  [this] {
                    supervisor_->start();
                    return accepted();
                  },
              .down =
                  [this] {
                    supervisor_->down("stopped by command", false);
                    return accepted();
                  },
              .reload = [this] { return reload(); },
              .restart = [this] { return restart(); },
              .leave = [this] { leave(); },
              .started_unix_ms = started_unix_ms_};
  for (api::Route& route : verb_routes(std::move(verbs)))
    all.push_back(std::move(route));
  for (api::Route& route : migrator_->routes())
    all.push_back(std::move(route));
  for (api::Route& route : pauser_->routes())
    all.push_back(std::move(route));
  // NOLINTEND(bugprone-unchecked-optional-access)
  return all;
}

asio::awaitable<void> RunningBroker::restore_conf(std::function<void(Result<void>)> done) {
  // Values, as for every task of the worker: a reload moves what is in force meanwhile.
  std::function<Result<void>()> restore = [store = store_dir(), path = conf_, text = ready_.conf,
                                           jetstream = settings().jetstream.enabled,
                                           encrypted = !settings().jetstream.encryption_key.empty(),
                                           log = log_.get()]() -> Result<void> {
    if (const auto cleared = clear_the_way(store); !cleared)
      return cleared.error();
    if (jetstream)
      if (const auto ready = ready_store(store, encrypted, *log); !ready)
        return ready.error();
    return restore_conf_file(path, text);
  };
  std::optional<Result<void>> restored;
  try {
    restored = co_await worker_.call<Result<void>>(std::move(restore), kConfPatience);
  } catch (const std::exception&) {
    restored = Result<void>{Error{conf_ + ": out of memory"}};
  }
  done(restored ? *restored : Result<void>{Error{conf_ + ": the disk does not answer"}});
}

}  // namespace unified::app
