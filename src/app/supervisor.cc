#include "app/supervisor.h"

#include <fcntl.h>

#include <cerrno>
#include <csignal>
#include <exception>
#include <map>
#include <optional>
#include <random>
#include <utility>
#include <variant>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "app/server_output.h"
#include "os/pipe.h"
#include "os/process.h"
#include "os/reaper.h"
#include "supervise/start_end.h"

namespace unified::app {
namespace {

namespace asio = boost::asio;
using supervise::Event;

/// Room for a burst of log lines while the reactor is busy elsewhere.
constexpr std::size_t kPipeBytes = std::size_t{1024} * 1024;

/// The running incarnation and what we watch of it.
struct Incarnation {
  std::uint64_t number = 0;
  os::Child child;
  bool exec_known = false;  ///< Spawned or SpawnFailed was reported
  std::shared_ptr<ServerOutput> output;
  std::optional<asio::posix::stream_descriptor> exec_watch;
  std::optional<asio::posix::stream_descriptor> exit_watch;
};

class ReactorSupervisor final : public Supervisor {
 public:
  ReactorSupervisor(asio::any_io_executor reactor,
                    os::SpawnRequest request,
                    supervise::Policy policy,
                    observe::Log& log,
                    SupervisorEvents events)
      : reactor_(std::move(reactor)),
        request_(std::move(request)),
        policy_(policy),
        log_(log),
        events_(std::move(events)) {}

  void start() override { feed(supervise::StartRequested{}); }
  void down(const std::string& why, bool at_once) override {
    feed(supervise::DownRequested{why, at_once});
  }
  void stop(bool lame_duck) override { feed(supervise::StopRequested{lame_duck}); }
  void server_ready(std::uint64_t incarnation) override {
    feed(supervise::BecameReady{incarnation});
  }
  void found_hung(std::uint64_t incarnation, const std::string& why) override {
    feed(supervise::FoundHung{incarnation, why});
  }
  bool hang_up() override {
    return state_.phase == supervise::Phase::kRunning && current_ &&
           os::send_signal(current_->child, SIGHUP);
  }
  [[nodiscard]] const supervise::Lifecycle& lifecycle() const override { return state_; }

  void reap() override {
    const auto before = [this](int pid) {
      if (is_child(pid))
        settle_before_reaping();
    };
    const auto after = [this](int pid, const supervise::ExitStatus& status) {
      if (is_child(pid))
        child_gone(status);
    };
    if (os::reap_all({before, after}).more)
      asio::post(reactor_, [this] { reap(); });
  }

 private:
  void feed(const Event& event) {
    std::uniform_real_distribution<double> jitter{-1.0, 1.0};
    const auto now = std::chrono::steady_clock::now();
    supervise::Transition transition =
        supervise::next(state_, event, policy_, now, jitter(random_));
    const auto incident = supervise::incident_of(state_, event, transition, now);
    const supervise::Phase before = std::exchange(state_, std::move(transition.state)).phase;
    if (incident)
      tell(*incident);
    for (const supervise::Action& action : transition.actions)
      std::visit([this](const auto& chosen) { carry_out(chosen); }, action);
    if (state_.phase != before)
      asio::post(reactor_, [this, phase = state_.phase] { events_.on_phase(phase); });
  }

  /// Without a thread or memory for the record the server is started again all the same.
  void tell(const supervise::Incident& incident) {
    try {
      events_.on_incident(incident);
    } catch (const std::exception& failure) {
      log_.error("cannot record what happened: {}", failure.what());
    }
  }

  /// For events that come up while actions are carried out: one transition ends before the next
  /// begins.
  void feed_later(Event event) {
    asio::post(reactor_, [this, event = std::move(event)] { feed(event); });
  }

  void carry_out(const supervise::Spawn& action) {
    events_.before_spawn(action.incarnation, [this, action](const Result<void>& prepared) {
      if (state_.incarnation != action.incarnation)
        return;
      if (state_.phase != supervise::Phase::kStarting || state_.want != supervise::Want::kUp) {
        // Stopped meanwhile: whoever waits for that child must hear that there is none.
        feed_later(supervise::SpawnFailed{action.incarnation, ECANCELED});
        return;
      }
      if (prepared) {
        spawn(action);
        return;
      }
      log_.error("cannot start nats-server: {}", prepared.error().message);
      feed_later(supervise::SpawnFailed{action.incarnation, EIO});
    });
  }

  void spawn(const supervise::Spawn& action) {
    Result<os::Pipe> pipe = os::make_pipe();
    if (!pipe) {
      log_.error("cannot start nats-server: {}", pipe.error().message);
      feed_later(supervise::SpawnFailed{action.incarnation, EMFILE});
      return;
    }
    os::widen_pipe(pipe->read, kPipeBytes);
    request_.stdout_fd = pipe->write.get();
    request_.stderr_fd = pipe->write.get();
    Result<os::Child, os::SpawnError> child = os::spawn(request_);
    if (!child) {
      log_.error("cannot start nats-server: {}", child.error().message);
      feed_later(supervise::SpawnFailed{action.incarnation, child.error().error_number});
      return;
    }
    watch(action.incarnation, *std::move(child), std::move(pipe->read));
  }

  void watch(std::uint64_t number, os::Child child, os::UniqueFd output) {
    current_ = std::make_unique<Incarnation>();
    current_->number = number;
    current_->child = std::move(child);
    current_->output = std::make_shared<ServerOutput>(reactor_, std::move(output),
                                                      [this, number](std::string_view line) {
                                                        log_.server_line(line);
                                                        events_.on_server_line(number, line);
                                                      });
    current_->output->start();
    auto& exec_watch = current_->exec_watch.emplace(reactor_, current_->child.exec_error.get());
    exec_watch.async_wait(asio::posix::stream_descriptor::wait_read,
                          [this, number](const boost::system::error_code& error) {
                            if (!error && current_ && current_->number == number)
                              report_exec();
                          });
    if (!current_->child.pidfd)
      return;
    auto& exit_watch = current_->exit_watch.emplace(reactor_, current_->child.pidfd.get());
    exit_watch.async_wait(asio::posix::stream_descriptor::wait_read,
                          [this](const boost::system::error_code& error) {
                            if (!error)
                              reap();
                          });
  }

  /// execve's outcome, once.
  void report_exec() {
    if (std::exchange(current_->exec_known, true))
      return;
    const int error_number = os::read_exec_error(current_->child.exec_error.get());
    if (error_number != 0) {
      feed(supervise::SpawnFailed{current_->number, error_number});
      return;
    }
    feed(supervise::Spawned{current_->number, current_->child.pid});
    events_.on_spawned(current_->number);
  }

  [[nodiscard]] bool is_child(int pid) const { return current_ && current_->child.pid == pid; }

  /// While the zombie still pins the pid and its group.
  void settle_before_reaping() {
    report_exec();
    (void)os::kill_group(
        current_->child.pid);  // whatever it left behind; nobody there is the usual answer
  }

  void child_gone(const supervise::ExitStatus& status) {
    current_->output->finish();
    release(current_->exec_watch);
    release(current_->exit_watch);
    const std::uint64_t number = current_->number;
    current_.reset();
    events_.on_exited(number);
    feed(supervise::ChildExited{number, status,
                                supervise::judge_start_end(events_.said(number), status)});
  }

  /// The descriptors belong to Child; Asio must only stop looking at them.
  static void release(std::optional<asio::posix::stream_descriptor>& watch) {
    if (watch)
      (void)watch->release();
    watch.reset();
  }

  void carry_out(const supervise::SendSignal& action) {
    if (!current_)
      return;
    if (const auto sent = os::send_signal(current_->child, action.signal); !sent)
      log_.debug("{}", sent.error().message);
  }

  void carry_out(const supervise::KillGroup& /*action*/) {
    if (!current_)
      return;
    if (const auto killed = os::kill_group(current_->child.pid); !killed)
      log_.warn("{}", killed.error().message);
  }

  void carry_out(const supervise::ArmTimer& action) {
    asio::steady_timer& timer = timers_.try_emplace(action.timer, reactor_).first->second;
    timer.expires_at(action.deadline);
    timer.async_wait([this, action](const boost::system::error_code& error) {
      if (!error)
        feed(supervise::TimerFired{action.timer, action.generation});
    });
  }

  void carry_out(const supervise::CancelTimer& action) { timers_.erase(action.timer); }

  void carry_out(const supervise::Report& action) {
    using Level = supervise::Report::Level;
    const observe::Level level = action.level == Level::kError     ? observe::Level::kError
                                 : action.level == Level::kWarning ? observe::Level::kWarning
                                                                   : observe::Level::kInfo;
    log_.write(level, action.text);
  }

  void carry_out(const supervise::Finish& action) const { events_.on_finished(action.exit_code); }

  asio::any_io_executor reactor_;
  os::SpawnRequest request_;
  supervise::Policy policy_;
  observe::Log& log_;
  SupervisorEvents events_;
  supervise::Lifecycle state_;
  std::unique_ptr<Incarnation> current_;
  std::map<supervise::Timer, asio::steady_timer> timers_;
  std::mt19937 random_{std::random_device{}()};
};

}  // namespace

std::unique_ptr<Supervisor> Supervisor::create(asio::any_io_executor reactor,
                                               os::SpawnRequest request,
                                               supervise::Policy policy,
                                               observe::Log& log,
                                               SupervisorEvents events) {
  return std::make_unique<ReactorSupervisor>(std::move(reactor), std::move(request), policy, log,
                                             std::move(events));
}

}  // namespace unified::app
