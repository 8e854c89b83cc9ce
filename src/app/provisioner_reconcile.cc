// How the provisioner gets the declared streams in place: one plan after the other.
#include <algorithm>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "app/disk_look.h"
#include "app/pause_file.h"
#include "app/provisioner.h"
#include "app/provisioner_times.h"
#include "base/parse.h"

namespace unified::app {

namespace asio = boost::asio;
using jetstream::ReconcileMode;
using jetstream::ReconcileReport;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds kRequestTimeout{5000};
constexpr int kMostLooksAgain = 3;

std::int64_t now_unix_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

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
  options.evidence = evidence_of_now();
  options.had_before = had_consumers_;
  options.leave_alone = [held = held_](const std::string& stream) { return held->why(stream); };
  std::function<ReconcileReport()> task = [session = session_, desired = options_.desired, options,
                                           store = options_.store_dir, held = held_,
                                           file = pause_file_, look = restore_look()] {
    if (!file.empty())
      (void)read_pauses(file, *held);  // held tells of an error, too
    if (held->any_restore())
      look();
    return reconcile_with_room(store, options, [&](const jetstream::ReconcileOptions& chosen) {
      return session->reconcile(*desired, chosen);
    });
  };
  return worker_.call<ReconcileReport>(std::move(task), patience);
}

/// Takes in what can be seen of restores; the worker's.
std::function<void()> Provisioner::restore_look() const {
  return [held = held_, monitor = options_.monitor, store = options_.store_dir,
          limit = options_.restore_hold, log = &log_] {
    for (const std::string& line : held->looked(look_for_restores(monitor, store), limit))
      log->warn("{}", line);
  };
}

bool Provisioner::is_leaving(const ReconcileReport& report) const {
  return !options_.clustered &&
         std::ranges::any_of(report.remaining.streams, [this](const jetstream::StreamPlan& stream) {
           return stream.change == jetstream::Change::kUnloaded && loaded_.contains(stream.name);
         });
}

asio::awaitable<std::optional<ReconcileReport>> Provisioner::settled_look(milliseconds patience) {
  const std::uint64_t incarnation = incarnation_;
  const auto deadline = std::chrono::steady_clock::now() + patience;
  std::optional<ReconcileReport> report = co_await reconcile(ReconcileMode::kPlanOnly, patience);
  for (int again = 0; again < kMostLooksAgain; ++again) {
    if (!report || !is_leaving(*report))
      break;
    asio::steady_timer rest{reactor_, kLookRest};
    co_await rest.async_wait(asio::as_tuple(asio::use_awaitable));
    const auto left =
        std::chrono::duration_cast<milliseconds>(deadline - std::chrono::steady_clock::now());
    if (!current(incarnation) || left < kLookRest)
      break;
    std::optional<ReconcileReport> newer = co_await reconcile(ReconcileMode::kPlanOnly, left);
    if (newer)
      report = std::move(newer);
  }
  co_return report;
}

/// What RECONCILE_ALLOW permits may have been made use of, and the next incarnation of a sidecar's
/// may be another server.
bool Provisioner::still_current(std::uint64_t incarnation) {
  const bool is = current(incarnation);
  if (!is && events_.on_lost)
    forget_allowed();
  return is;
}

bool Provisioner::take_outcome(const ReconcileReport& report) {
  note_answer(report);
  take(report);
  tell(report);
  if (report.listed) {
    // What may be had a moment later is still part of the one plan that it was given for.
    if (!report.transient())
      options_.allowed = {};
    reconciled_ = declarations_;
  }
  return report.provisioned();
}

asio::awaitable<void> Provisioner::settle_on_disk() const {
  if (!events_.until_on_disk)
    co_return;
  asio::awaitable<void> on_disk = events_.until_on_disk();
  co_await std::move(on_disk);
}

asio::awaitable<void> Provisioner::provision(std::uint64_t incarnation) {
  const auto started = std::chrono::steady_clock::now();
  bool late = false;
  for (milliseconds wait = kFirstRetry; current(incarnation);
       wait = std::min(wait * 2, late ? kLongestRetry : kLongestRetryAtFirst)) {
    if (connection_closed_) {
      const bool connected = co_await connect(incarnation);
      if (!connected)
        co_return;
    }
    if (!hold_.empty()) {
      co_await pause(kLongestRetry);
      wait = kFirstRetry;
      continue;
    }
    const std::uint64_t declaration = declarations_;
    const auto report = co_await reconcile(ReconcileMode::kStart, kReconcilePatience);
    co_await settle_on_disk();
    if (!still_current(incarnation))
      co_return;
    if (!hold_.empty())
      continue;  // what it saw is being changed
    if (report && declaration == declarations_ && take_outcome(*report)) {
      events_.on_provisioned();
      co_return;
    }
    if (!std::exchange(late, std::chrono::steady_clock::now() - started > options_.init_timeout) &&
        late)
      log_.error(
          "the declared streams are not in place after INIT_TIMEOUT ({}): not ready, still trying",
          format_duration(options_.init_timeout));
    co_await pause(until_next_look(wait));
  }
}

}  // namespace unified::app
