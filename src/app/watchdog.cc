#include "app/watchdog.h"

#include <algorithm>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "os/process.h"

namespace unified::app {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

/// Prober's deadline, and a little for those who were waiting with us.
constexpr std::chrono::milliseconds kLongestProbe{5500};

bool is_judged(const HealthSources& sources) {
  return !sources.stopping && sources.supervisor.lifecycle().phase == supervise::Phase::kRunning;
}

/// One look. Nothing if it ended otherwise meanwhile.
asio::awaitable<std::optional<supervise::Pulse>> look(const HealthSources& sources,
                                                      Clock::duration late) {
  const std::uint64_t incarnation = sources.supervisor.lifecycle().incarnation;
  const Clock::time_point begun = Clock::now();
  const Probes probes = co_await sources.prober.fresh();
  const supervise::Lifecycle& life = sources.supervisor.lifecycle();
  if (!is_judged(sources) || life.incarnation != incarnation || !probes.measured)
    co_return std::nullopt;
  const bool suspect = !probes.http.ok || probes.jetstream.silent;
  supervise::Pulse pulse;
  pulse.alive = probes.http.ok || probes.jetstream.ok;
  pulse.jetstream_silent = probes.jetstream.silent;
  pulse.jetstream_unknown = probes.jetstream.unknown;
  pulse.waits_for_disk = suspect && os::waits_for_disk(life.pid);
  // We may have been held up (frozen, throttled) while the answer was under way, too.
  pulse.late = std::max<Clock::duration>(late, Clock::now() - begun - kLongestProbe);
  co_return pulse;
}

}  // namespace

asio::awaitable<void> watch_for_hangs(
    HealthSources sources,
    std::chrono::nanoseconds period,
    supervise::WatchdogPolicy policy,
    std::function<void(std::uint64_t incarnation, const std::string& why)> on_hung) {
  asio::steady_timer timer{co_await asio::this_coro::executor};
  supervise::WatchdogState state;
  std::uint64_t judged = 0;
  Clock::time_point due = Clock::now();
  while (!sources.stopping) {
    due = std::max(due + period, Clock::now());
    timer.expires_at(due);
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    if (!is_judged(sources))
      continue;
    if (const std::uint64_t now = sources.supervisor.lifecycle().incarnation;
        std::exchange(judged, now) != now)
      state = {};
    try {
      const std::optional<supervise::Pulse> pulse = co_await look(sources, Clock::now() - due);
      if (!pulse)
        continue;
      const supervise::WatchdogStep step = supervise::judge(state, *pulse, policy);
      state = step.hung.empty() ? step.state : supervise::WatchdogState{};
      if (!step.hung.empty())
        on_hung(judged, step.hung);
      else
        co_await fresh_snapshot(sources);  // so that the log tells what nobody has asked for
    } catch (const std::exception& failure) {
      sources.log.error("internal error in the watchdog, going on: {}", failure.what());
    }
  }
}

}  // namespace unified::app
