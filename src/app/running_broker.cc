#include "app/running_broker.h"

#include <csignal>
#include <exception>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <fmt/format.h>

#include "app/final_sweep.h"
#include "app/health_view.h"
#include "app/reactor_loop.h"
#include "app/stream_keys.h"
#include "health/storage.h"

// From the first signal to the last: what is asked of the broker, and its end.
namespace unified::app {
namespace {

namespace asio = boost::asio;

constexpr const char* kRestart = "restart";

}  // namespace

RunningBroker::RunningBroker(Preparation ready, Admission admitted, BrokerOptions options)
    : ready_(std::move(ready)),
      run_dir_(std::move(admitted.run_dir)),
      lock_(std::move(admitted.lock)),
      control_of_before_(std::move(admitted.control)),
      conf_lock_(std::move(admitted.conf)),
      log_(std::move(admitted.log)),
      options_(std::move(options)),
      command_(server_command(options_.environment, options_.server_arguments)) {
  black_box_.remember(worker_);
  black_box_.report_to([this](const std::string& why) { parts_.note("black box", why); });
}

BrokerEnd RunningBroker::run() {
  if (const auto watched = watch_signals(); !watched) {
    log_->error("{}", watched.error().message);
    finish(kExitInternal);
  } else {
    asio::co_spawn(reactor_, start(), [this](const std::exception_ptr& failure) {
      if (failure)  // a start that broke off would be a broker that does nothing for ever
        give_up({kExitInternal, {"internal error during the start"}});
    });
  }
  run_until_ended(reactor_, exit_code_, *log_);
  const int exit_code = exit_code_.value_or(kExitInternal);
  os::Handover keep;
  if (again_)
    keep = {std::move(lock_.fd), control_ ? control_->hand_over() : os::UniqueFd{},
            std::move(conf_lock_)};
  control_.reset();
  if (migrator_)
    migrator_->drain(std::chrono::seconds{3});
  leave_keys();
  // The store's marker may just be on its way: the next start's pre-flight needs it. It needs the
  // pauses, too, whose file somebody may have removed a moment ago.
  if (pauser_ && settings().jetstream.enabled)
    pauser_->write_again();
  worker_.drain(std::chrono::milliseconds{500});
  if (meta_sync_)
    meta_sync_->drain(std::chrono::milliseconds{500});
  black_box_.drain(std::chrono::seconds{2});
  if (reloader_)
    reloader_->drain(std::chrono::milliseconds{500});
  if (again_)
    log_->info("starting anew, as asked");
  else
    sweep_namespace();
  if (!again_)
    log_->info("stopped with exit code {}", exit_code);
  log_->drain(std::chrono::milliseconds{200});
  return {exit_code, again_, std::move(keep)};
}

void RunningBroker::leave_keys() {
  if (!guard_ || !supervisor_ || supervisor_->lifecycle().pid != 0)
    return;
  worker_.post([store = store_dir(), log = log_.get()] {
    const auto lines = put_stream_keys_back(store);
    if (!lines)
      log->warn("{}", lines.error().message);
    for (const std::string& line : lines ? *lines : std::vector<std::string>{})
      log->info("{}", line);
  });
}

Result<void> RunningBroker::watch_signals() {
  auto watch = SignalWatch::start(reactor_.get_executor(), *log_,
                                  [this](const os::ReceivedSignal& received) { take(received); });
  if (!watch)
    return watch.error();
  signals_ = *std::move(watch);
  return {};
}

void RunningBroker::take(const os::ReceivedSignal& received) {
  switch (received.signal) {
    case SIGCHLD:
      if (supervisor_)
        supervisor_->reap();
      return;
    case SIGTERM:
    case SIGINT:
    case SIGQUIT:
      stop(received);
      return;
    case SIGUSR1:
      log_->reopen();
      return;
    case SIGUSR2:
      stop(received);
      return;
    case SIGHUP:
      reload_wanted_ = true;
      reload_if_wanted();
      return;
    default:
      return;
  }
}

void RunningBroker::stop(const os::ReceivedSignal& received) {
  stop_by(
      fmt::format("{}{}", os::signal_name(received.signal),
                  received.sender_pid > 0 ? fmt::format(" from pid {}", received.sender_pid) : ""),
      received.signal == SIGUSR2);
}

void RunningBroker::stop_by(const std::string& who, bool lame_duck) {
  stopping_ = true;
  if (provisioner_)
    provisioner_->stop();
  if (migrator_)
    migrator_->stop();
  log_->info("asked to stop by {}", who);
  if (supervisor_)
    supervisor_->stop(lame_duck);
  else
    finish(kExitOk);
}

void RunningBroker::reload_if_wanted() {
  if (!reloader_ || stopping_ || !std::exchange(reload_wanted_, false))
    return;
  asio::co_spawn(reactor_, reload_by_signal(), asio::detached);
}

asio::awaitable<void> RunningBroker::reload_by_signal() {
  if (!reloader_)
    co_return;
  const ReloadOutcome outcome = co_await reload();
  if (outcome.kind == ReloadOutcome::Kind::kNotNow)
    reload_wanted_ = true;
}

asio::awaitable<ReloadOutcome> RunningBroker::reload() {
  // NOLINTBEGIN(bugprone-unchecked-optional-access): compose() comes before anybody asks
  if (!migrator_->busy().empty()) {
    const std::string why = migrator_->busy() + ": reload when it is done";
    log_->warn("not reloaded: {}", why);
    co_return ReloadOutcome{ReloadOutcome::Kind::kNotNow, {why}};
  }
  ReloadOutcome outcome = co_await reloader_->reload();
  // NOLINTEND(bugprone-unchecked-optional-access)
  co_return outcome;
}

void RunningBroker::phase_changed(supervise::Phase phase) {
  if (phase == supervise::Phase::kRunning)
    reload_if_wanted();
  if (phase != supervise::Phase::kStopped)
    return;
  // By its reason: who said `stop --stay` or `start` meanwhile is obeyed.
  if (supervisor_->lifecycle().down_because == kRestart && !stopping_) {
    again_ = true;
    finish(kExitOk);
    return;
  }
  log_->info("nats-server is down: {}", supervisor_->lifecycle().down_because);
}

asio::awaitable<std::optional<Failure>> RunningBroker::restart() {
  // NOLINTNEXTLINE(bugprone-unchecked-optional-access): compose() comes before anybody asks
  std::optional<Failure> fault = co_await reloader_->find_fault();
  if (fault)
    co_return fault;
  const HealthSources sources = health_sources();
  const health::Snapshot facts = co_await fresh_snapshot(sources);
  if (const std::string lost = health::lost_files(facts); !lost.empty())
    co_return Failure{kExitCheckFailed,
                      {lost + "; read out first what is needed, then `stop` and `start`"}};
  after_the_answer(reactor_, [this] {
    supervisor_->down(kRestart, false);
    if (supervisor_->lifecycle().phase == supervise::Phase::kStopped)
      phase_changed(supervise::Phase::kStopped);
  });
  co_return std::nullopt;
}

bool RunningBroker::is_leaving() const {
  const supervise::Lifecycle& life = supervisor_->lifecycle();
  return life.want == supervise::Want::kExit || life.phase == supervise::Phase::kFinished;
}

void RunningBroker::leave() {
  stopping_ = true;  // now: a restart under way must not begin anew
  after_the_answer(reactor_, [this] {
    if (!is_leaving())
      stop_by("the stop command");
  });
}

void RunningBroker::give_up(const Failure& failure) {
  for (const std::string& line : failure.lines)
    log_->error("{}", line);
  black_box_.refused(failure);
  finish(failure.exit_code);
}

void RunningBroker::finish(int exit_code) {
  if (!exit_code_)
    exit_code_ = exit_code;
  reactor_.stop();
}

}  // namespace unified::app
