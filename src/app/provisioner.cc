#include "app/provisioner.h"

#include <algorithm>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/ranges.h>

#include "app/streams_view.h"
#include "base/parse.h"
#include "observe/server_line.h"
#include "os/store_scan.h"

namespace unified::app {
namespace {

namespace asio = boost::asio;
using jetstream::ReconcileMode;
using jetstream::ReconcileReport;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr milliseconds kConnectRetry{100};
constexpr milliseconds kRequestTimeout{5000};
/// For a whole reconcile: 1,000 streams are created in this easily.
constexpr milliseconds kReconcilePatience{120'000};
constexpr milliseconds kLookRest{200};
constexpr milliseconds kFirstRetry{500};
constexpr milliseconds kLongestRetry{30'000};
constexpr nanoseconds kNever = std::chrono::hours{24 * 365};

std::int64_t now_unix_ns() {
  return std::chrono::duration_cast<nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

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
  nats::Callbacks callbacks;
  callbacks.on_connection = [this](bool connected, std::string why) {
    asio::post(reactor_,
               [this, connected, why = std::move(why)] { connection_changed(connected, why); });
  };
  callbacks.on_advisory = [this](std::string subject, std::string /*payload*/) {
    asio::post(reactor_, [this, subject = std::move(subject)] { advisory(subject); });
  };
  session_ = std::make_shared<JetStreamSession>(options_.connect, std::move(callbacks));
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
  connection_ = {false, "nats-server is not running", {}};
  view_.known = false;
  worker_.post([session = session_] { session->disconnect(); });
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

asio::awaitable<bool> Provisioner::connect(std::uint64_t incarnation) {
  std::string told;
  while (current(incarnation)) {
    std::function<std::string()> task = [session = session_,
                                         jetstream = options_.jetstream_enabled] {
      if (const auto connected = session->connect(jetstream); !connected)
        return connected.error().message;
      if (!jetstream)
        return std::string{};
      const auto answered = session->ping(kRequestTimeout);
      return answered ? std::string{} : answered.error().message;
    };
    const auto outcome = co_await worker_.call<std::string>(std::move(task), kReconcilePatience);
    if (!current(incarnation))
      co_return false;
    if (outcome && outcome->empty()) {
      connection_ = {true, "connected", {}};
      connection_closed_ = false;
      events_.on_server_ready(incarnation);
      co_return true;
    }
    const std::string why = outcome.value_or("no answer");
    connection_ = {false, why, {}};
    if (why != told)
      log_.warn("cannot connect to nats-server yet: {}", told = why);
    co_await pause(kConnectRetry);
  }
  co_return false;
}

asio::awaitable<std::optional<ReconcileReport>> Provisioner::reconcile(ReconcileMode mode,
                                                                       milliseconds patience) {
  jetstream::ReconcileOptions options;
  // RECONCILE_ALLOW is for one plan, that of the start: drift and retries never use it.
  if (mode == ReconcileMode::kStart)
    options.allowed = options_.allowed;
  options.version = options_.version;
  options.clustered = options_.clustered;
  options.mode = mode;
  options.timeout = kRequestTimeout;
  options.now_unix_ns = now_unix_ns();
  options.evidence = [store = options_.store_dir, trouble = trouble_, running = running_,
                      incarnation =
                          incarnation_](const std::string& name) -> std::optional<std::string> {
    // What the server of before did not have says nothing about the one that took its place
    // meanwhile.
    if (*running != incarnation)
      return "nats-server was restarted meanwhile";
    if (auto line = trouble.about(name))
      return line;
    return os::stream_evidence(store, name);
  };
  std::function<ReconcileReport()> task = [session = session_, desired = options_.desired,
                                           options] {
    return session->reconcile(desired, options);
  };
  return worker_.call<ReconcileReport>(std::move(task), patience);
}

asio::awaitable<void> Provisioner::provision(std::uint64_t incarnation) {
  const auto started = std::chrono::steady_clock::now();
  bool late = false;
  for (milliseconds wait = kFirstRetry; current(incarnation);
       wait = std::min(wait * 2, kLongestRetry)) {
    const auto report = co_await reconcile(ReconcileMode::kStart, kReconcilePatience);
    if (!current(incarnation))
      co_return;
    if (report) {
      if (report->listed)
        options_.allowed = {};
      take(*report);
      tell(*report);
      if (report->provisioned()) {
        events_.on_provisioned();
        co_return;
      }
    }
    if (!std::exchange(late, std::chrono::steady_clock::now() - started > options_.init_timeout) &&
        late)
      log_.error(
          "the declared streams are not in place after INIT_TIMEOUT ({}): not ready, still trying",
          format_duration(options_.init_timeout));
    co_await pause(wait);
  }
}

asio::awaitable<void> Provisioner::keep(std::uint64_t incarnation) {
  using Clock = std::chrono::steady_clock;
  const bool drifts = options_.jetstream_enabled && options_.reconcile_interval.count() > 0;
  const nanoseconds interval = drifts ? options_.reconcile_interval : kNever;
  Clock::time_point next_drift = Clock::now() + interval;
  while (current(incarnation)) {
    if (!look_again_ && !connection_closed_) {
      co_await pause(next_drift - Clock::now());
    }
    if (!current(incarnation))
      co_return;
    if (connection_closed_) {
      co_await connect(incarnation);
      continue;
    }
    // An advisory is looked into at once but repaired only at the interval: who deletes a stream
    // may mean it.
    const bool only_look = Clock::now() < next_drift;
    look_again_ = false;
    if (!only_look)
      next_drift = Clock::now() + interval;
    if (!options_.jetstream_enabled)
      continue;
    const ReconcileMode mode = only_look ? ReconcileMode::kPlanOnly : ReconcileMode::kDrift;
    const auto report = co_await reconcile(mode, kReconcilePatience);
    if (!current(incarnation))
      co_return;
    if (report) {
      take(*report);
      tell(*report);
    }
    // Whoever makes advisories by the thousand gets a look every now and then, not one each.
    asio::steady_timer rest{reactor_, kLookRest};
    co_await rest.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

void Provisioner::take(const ReconcileReport& report) {
  view_ = make_view(report, options_.desired);
}

void Provisioner::tell(const ReconcileReport& report) {
  // The same words every RECONCILE_INTERVAL would bury everything else.
  const std::vector<std::string> lines = describe(report);
  const std::string text = fmt::format("{}", fmt::join(lines, "\n"));
  if (text == std::exchange(last_told_, text))
    return;
  for (const std::string& line : lines)
    log_.write(report.provisioned() && report.problems.empty() && !report.remaining.has_refusals()
                   ? observe::Level::kInfo
                   : observe::Level::kWarning,
               line);
}

void Provisioner::connection_changed(bool connected, const std::string& why) {
  if (incarnation_ == 0 || stopping_)
    return;
  connection_ = {connected, connected ? "connected" : why, {}};
  // "closed" is final (nats::Callbacks): nobody but us makes a new connection.
  connection_closed_ = !connected && why.starts_with("closed");
  if (!connected && !connection_closed_)
    return;
  look_again_ = connected;
  wake_.cancel();
}

void Provisioner::advisory(const std::string& subject) {
  const std::string name = subject.substr(subject.rfind('.') + 1);
  const auto facts = std::ranges::find(view_.streams, name, &health::StreamFacts::name);
  if (facts == view_.streams.end())
    return;
  if (subject.find(".DELETED.") != std::string::npos) {
    facts->present = false;
    facts->unbound_subjects = facts->declared_subjects;
  }
  look_again_ = true;
  wake_.cancel();
}

asio::awaitable<health::Probe> Provisioner::round_trip(milliseconds patience) {
  using Names = Result<std::vector<std::string>>;
  const auto begun = std::chrono::steady_clock::now();
  std::function<Names()> task = [session = session_, patience] {
    return session->stream_names(patience);
  };
  const std::optional<Names> names = co_await worker_.call<Names>(std::move(task), patience);
  const auto took =
      std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begun);
  if (!names)
    co_return health::Probe{false, fmt::format("no answer within {} ms", patience.count()), took};
  if (!*names)
    co_return health::Probe{false, names->error().message, took};
  for (health::StreamFacts& facts : view_.streams)
    if (std::ranges::find(**names, facts.name) == (**names).end()) {
      facts.present = false;
      facts.unbound_subjects = facts.declared_subjects;
      look_again_ = true;  // one answer may be wrong; the closer look decides
      wake_.cancel();
    }
  co_return health::Probe{true, fmt::format("answered in {} ms", took.count()), took};
}

asio::awaitable<bool> Provisioner::refresh(milliseconds patience) {
  const std::uint64_t incarnation = incarnation_;
  const auto report = co_await reconcile(ReconcileMode::kPlanOnly, patience);
  if (!report || !current(incarnation) || !report->listed)
    co_return false;
  take(*report);
  co_return true;
}

}  // namespace unified::app
