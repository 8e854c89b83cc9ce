#include "app/provisioner.h"

#include <algorithm>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "app/provisioner_times.h"
#include "health/login.h"
#include "observe/server_line.h"
#include "os/free_memory.h"

namespace unified::app {
namespace {

namespace asio = boost::asio;
using jetstream::ReconcileMode;
using jetstream::ReconcileReport;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr nanoseconds kNever = std::chrono::hours{24 * 365};

}  // namespace

Provisioner::Provisioner(asio::any_io_executor reactor,
                         Worker& worker,
                         ProvisionOptions options,
                         observe::Log& log,
                         Events events)
    : reactor_(std::move(reactor)),
      worker_(worker),
      options_(std::move(options)),
      log_(log),
      events_(std::move(events)),
      wake_(reactor_) {
  session_ = make_session();
}

std::shared_ptr<JetStreamSession> Provisioner::make_session() {
  lost_.reset();
  nats::Callbacks callbacks;
  callbacks.on_connection = [this, session = ++sessions_](bool connected, std::string why) {
    asio::post(reactor_, [this, session, connected, why = std::move(why)] {
      connection_changed(session, connected, why);
    });
  };
  callbacks.on_advisory = [this, held = held_](std::string subject,
                                               const std::string& /*payload*/) {
    held->heard(subject);
    asio::post(reactor_, [this, subject = std::move(subject)] { advisory(subject); });
  };
  JetStreamSession::OnMade on_made;
  if (events_.on_made)
    on_made = [this](const jetstream::MadeObject& object) {
      asio::post(reactor_, [this, object] { events_.on_made(object); });
    };
  // With a store of our own.
  std::string store_dir = events_.on_made ? options_.store_dir : std::string{};
  return std::make_shared<JetStreamSession>(options_.connect, std::move(callbacks),
                                            std::move(on_made), std::move(store_dir));
}

void Provisioner::adopt(ProvisionOptions options, bool new_streams, bool new_login) {
  options_ = std::move(options);
  ++declarations_;
  were_declared_anew_ = true;
  had_consumers_.clear();
  provision_again_ = options_.jetstream_enabled;
  if (new_streams)
    view_.known = false;  // not ready until they are seen in place
  if (new_login) {
    worker_.post([old = session_] { old->disconnect(); });
    session_ = make_session();
    connection_ = {false, "connecting anew", {}};
    connection_closed_ = true;
  }
  wake_.cancel();
}

void Provisioner::spawned(std::uint64_t incarnation) {
  incarnation_ = incarnation;
  *running_ = incarnation;
  look_again_ = false;
  worker_.post([session = session_] {
    (void)session->load();
  });  // a failure is met again, and told, by connect
  asio::co_spawn(reactor_, serve(incarnation), asio::detached);
}

void Provisioner::found(std::uint64_t incarnation, ProvisionOptions options) {
  options_ = std::move(options);
  session_ = make_session();
  provision_again_ = false;
  server_said_ready_ = true;
  spawned(incarnation);
}

void Provisioner::server_line(std::uint64_t incarnation, std::string_view line) {
  // Lines come before `spawned` when the server is quick; they still belong to the incarnation to
  // come.
  trouble_.note(line);
  const observe::ServerLine parsed = observe::parse_server_line(line);
  if (parsed.from_client || !parsed.text.starts_with("Server is ready"))
    return;
  server_said_ready_ = true;
  if (incarnation == incarnation_)
    wake_.cancel();
}

void Provisioner::exited(std::uint64_t incarnation) {
  if (incarnation_ == incarnation)
    incarnation_ = 0;
  *running_ = 0;
  server_said_ready_ = false;
  trouble_.clear();
  loaded_.clear();
  warnings_.clear();
  had_consumers_.clear();
  held_->forget_restores();
  connection_ = {false, "nats-server is not running", {}};
  connection_closed_ = false;
  own_connection_.worked();  // the next one begins anew
  told_refusal_ = false;
  view_.known = false;
  worker_.post([session = session_] { session->disconnect(); });
  wake_.cancel();
}

void Provisioner::hold(std::string why) {
  if (hold_.empty())
    view_ = {};  // not ready, and no file is missed
  hold_ = std::move(why);
}

void Provisioner::release() {
  hold_.clear();
  held_->forget_restores();  // a migration's own
  had_consumers_.clear();
  view_ = {};          // whatever was seen before or meanwhile: not ready until it is seen again
  migrating_.clear();  // it was ours, and is over
  provision_again_ = options_.jetstream_enabled;
  wake_.cancel();
}

void Provisioner::reconcile_anew() {
  provision_again_ = options_.jetstream_enabled;
  wake_.cancel();
}

void Provisioner::stop() {
  stopping_ = true;
  wake_.cancel();
}

asio::awaitable<void> Provisioner::pause(nanoseconds duration) {
  wake_.expires_after(duration);
  co_await wake_.async_wait(asio::as_tuple(asio::use_awaitable));
}

asio::awaitable<void> Provisioner::serve(std::uint64_t incarnation) {
  while (current(incarnation)) {
    try {
      co_await serve_to_the_end(incarnation);
      co_return;
    } catch (const std::exception& failure) {
      log_.error("internal error while provisioning, trying again: {}", failure.what());
    }
    co_await pause(kLongestRetry);
  }
}

asio::awaitable<void> Provisioner::serve_to_the_end(std::uint64_t incarnation) {
  // Only its own word proves that it is our server that listens there, not one that held the port
  // before.
  while (current(incarnation) && !server_said_ready_) {
    co_await pause(kNever);
  }
  // Awaited on a line of its own, here and everywhere: g++ 12 miscompiles co_await inside
  // conditions and with temporaries of class type among the arguments.
  const bool connected = co_await connect(incarnation);
  if (!connected)
    co_return;
  if (options_.jetstream_enabled) {
    co_await provision(incarnation);
  }
  co_await keep(incarnation);
}

void Provisioner::connection_made() {
  own_connection_.made();
  connection_ = {!lost_, lost_.value_or("connected"), {}};  // it may be lost already
  connection_closed_ = lost_ && is_final(*lost_);
  if (lost_) {
    note_loss(*lost_);
  } else if (!options_.jetstream_enabled) {
    own_connection_.worked();  // nothing is asked of it
    tell_refusal();
  }
}

asio::awaitable<bool> Provisioner::connect(std::uint64_t incarnation) {
  std::string told;
  const bool refused = !own_connection_.refusal().empty();
  if (refused || connection_closed_)
    co_await pause(refused ? own_connection_.pause() : kReconnectRest);
  while (current(incarnation)) {
    // No JetStream request: in a cluster that answers only once there are peers, and a start must
    // not depend on them.
    std::function<std::string()> task = [session = session_,
                                         jetstream = options_.jetstream_enabled] {
      const auto connected = session->connect(jetstream);
      return connected ? std::string{} : connected.error().message;
    };
    const std::uint64_t session = sessions_;
    lost_.reset();  // that of a connection before
    connecting_ = true;
    const auto outcome = co_await worker_.call<std::string>(std::move(task), kReconcilePatience);
    connecting_ = false;
    if (!current(incarnation))
      co_return false;
    if (session != sessions_)
      continue;  // adopt() made another one: this answer is history
    if (outcome && outcome->empty()) {
      connection_made();
      events_.on_server_ready(incarnation);
      co_return true;
    }
    const std::string why = outcome.value_or("no answer");
    connection_ = {false, why, {}};
    if (events_.on_lost) {
      events_.on_lost(incarnation, why);
      co_return false;
    }
    own_connection_.failed(why);
    tell_refusal();
    if (own_connection_.refusal().empty() && why != told)
      log_.warn("cannot connect to nats-server yet: {}", told = why);
    connecting_ = true;  // one that was made and closed at once must not end the pause
    co_await pause(own_connection_.pause());
    connecting_ = false;
  }
  co_return false;
}

nanoseconds Provisioner::until_next_look(nanoseconds left) const {
  return held_->any_restore() ? std::min<nanoseconds>(left, kRestoreLook) : left;
}

asio::awaitable<bool> Provisioner::do_what_comes_first(std::uint64_t incarnation) {
  if (connection_closed_) {
    co_await connect(incarnation);
    look_again_ = true;  // nobody told us what happened meanwhile
    co_return true;
  }
  if (!hold_.empty()) {
    co_await pause(kNever);
    co_return true;
  }
  if (std::exchange(provision_again_, false)) {
    co_await provision(incarnation);
    co_return true;
  }
  co_return false;
}

asio::awaitable<void> Provisioner::keep(std::uint64_t incarnation) {
  using Clock = std::chrono::steady_clock;
  const auto interval = [this] {
    const bool drifts = options_.jetstream_enabled && options_.reconcile_interval.count() > 0;
    return drifts ? options_.reconcile_interval : kNever;
  };
  std::uint64_t declaration = declarations_;
  Clock::time_point next_drift = Clock::now() + interval();
  while (current(incarnation)) {
    if (std::exchange(declaration, declarations_) != declarations_)
      next_drift = Clock::now() + interval();  // a reloaded one counts from now
    worker_.post([] { os::return_free_memory(); });
    if (!look_again_ && !connection_closed_ && !provision_again_)
      co_await pause(until_next_look(next_drift - Clock::now()));
    if (!current(incarnation))
      co_return;
    const bool something_else = co_await do_what_comes_first(incarnation);
    if (something_else)
      continue;
    // An advisory is looked into at once but repaired only at the interval: who deletes a stream
    // may mean it.
    const bool only_look = Clock::now() < next_drift;
    look_again_ = false;
    if (!only_look)
      next_drift = Clock::now() + interval();
    if (!options_.jetstream_enabled)
      continue;
    const ReconcileMode mode = only_look ? ReconcileMode::kPlanOnly : ReconcileMode::kDrift;
    co_await look(incarnation, mode);
  }
}

asio::awaitable<void> Provisioner::look(std::uint64_t incarnation, ReconcileMode mode) {
  std::optional<ReconcileReport> report;
  const std::uint64_t declaration = declarations_;
  if (mode == ReconcileMode::kPlanOnly)
    report = co_await settled_look(kReconcilePatience);
  else
    report = co_await reconcile(mode, kReconcilePatience);
  if (!current(incarnation) || declaration != declarations_ || !hold_.empty())
    co_return;
  const bool listed = report && report->listed;
  look_again_ = look_again_ || !listed;  // until then nobody knows whether the streams are there
  if (report) {
    note_answer(*report);
    take(*report);
    if (mode == ReconcileMode::kDrift)
      for (const std::string& line : made_anew(*report))
        log_.warn("{}", line);
    tell(*report);
  }
  // Whoever makes advisories by the thousand gets a look every now and then, not one each.
  asio::steady_timer rest{reactor_, listed ? kLookRest : kFirstRetry};
  co_await rest.async_wait(asio::as_tuple(asio::use_awaitable));
}

}  // namespace unified::app
