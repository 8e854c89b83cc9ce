#pragma once

#include <chrono>
#include <functional>

#include <boost/asio/awaitable.hpp>

#include "app/health_view.h"
#include "supervise/watchdog.h"

namespace unified::app {

/// Looks at the running server each `period` and calls `on_hung` when it is judged hung
/// (supervise::judge), with its incarnation and why. Returns when the broker stops. Reactor only;
/// of the disk it reads nothing but /proc.
boost::asio::awaitable<void> watch_for_hangs(
    HealthSources sources,
    std::chrono::nanoseconds period,
    supervise::WatchdogPolicy policy,
    std::function<void(std::uint64_t incarnation, const std::string& why)> on_hung);

}  // namespace unified::app
