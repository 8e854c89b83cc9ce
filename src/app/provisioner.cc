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

/// nats-server says it is ready before this; should the line be missing (a log we can't see), we
/// try anyway.
constexpr milliseconds kPatienceForTheLine{1000};
constexpr milliseconds kConnectRetry{100};
constexpr milliseconds kRequestTimeout{5000};
/// For a whole reconcile: 1,000 streams are created in this easily.
constexpr milliseconds kReconcilePatience{120'000};
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
  server_said_ready_ = false;
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
  if (!server_said_ready_) {
    co_await pause(kPatienceForTheLine);
  }
  // Awaited on a line of its own, here and everywhere: g++ 12 miscompiles co_await inside
  // conditions and with temporaries of class type among the arguments.
  const bool connected = co_await connect(incarnation);
  if (!connected || !options_.jetstream_enabled)
    co_return;
  co_await provision(incarnation);
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
      events_.on_server_ready(incarnation);
      co_return true;
    }
    const std::string why = outcome.value_or("no answer");
    connection_ = {false, why, {}};
    // Before the server's own word a refused connection is no news; after it, it is worth one line.
    if (server_said_ready_ && why != told)
      log_.warn("cannot connect to nats-server yet: {}", told = why);
    co_await pause(server_said_ready_ ? kConnectRetry : kPatienceForTheLine);
  }
  co_return false;
}

asio::awaitable<std::optional<ReconcileReport>> Provisioner::reconcile(ReconcileMode mode,
                                                                       milliseconds patience) {
  jetstream::ReconcileOptions options;
  // What was refused once may be applied once, at the start; drift never does.
  if (mode == ReconcileMode::kStart && !provisioned_once_)
    options.allowed = options_.allowed;
  options.version = options_.version;
  options.clustered = options_.clustered;
  options.mode = mode;
  options.timeout = kRequestTimeout;
  options.now_unix_ns = now_unix_ns();
  options.evidence = [store = options_.store_dir, trouble = trouble_](const std::string& name) {
    if (const auto line = trouble.about(name))
      return line;
    const auto folder = os::stream_folder(store, name);
    return folder ? std::optional{"folder " + *folder} : std::nullopt;
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
      take(*report);
      tell(*report);
      if (report->provisioned()) {
        provisioned_once_ = true;
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
  while (current(incarnation)) {
    const nanoseconds interval =
        options_.reconcile_interval.count() > 0 ? options_.reconcile_interval : kNever;
    if (!look_again_) {
      co_await pause(interval);
    }
    if (!current(incarnation))
      co_return;
    // An advisory is looked into at once but repaired only at the interval: who deletes a stream
    // may mean it.
    const bool only_look =
        std::exchange(look_again_, false) || options_.reconcile_interval.count() == 0;
    const ReconcileMode mode = only_look ? ReconcileMode::kPlanOnly : ReconcileMode::kDrift;
    const auto report = co_await reconcile(mode, kReconcilePatience);
    if (!report || !current(incarnation))
      continue;
    take(*report);
    tell(*report);
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
    log_.write(report.provisioned() && report.problems.empty() ? observe::Level::kInfo
                                                               : observe::Level::kWarning,
               line);
}

void Provisioner::connection_changed(bool connected, const std::string& why) {
  if (incarnation_ == 0 || stopping_)
    return;
  connection_ = {connected, connected ? "connected" : why, {}};
  if (!connected)
    return;
  look_again_ = true;
  wake_.cancel();
}

void Provisioner::advisory(const std::string& subject) {
  const std::string name = subject.substr(subject.rfind('.') + 1);
  const auto facts = std::ranges::find(view_.streams, name, &health::StreamFacts::name);
  if (facts == view_.streams.end())
    return;
  if (subject.find(".DELETED.") != std::string::npos) {
    log_.error("stream {} was deleted by somebody else: not ready until it is back", name);
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
