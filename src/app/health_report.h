#pragma once

#include <chrono>
#include <functional>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "health/assess.h"
#include "observe/log.h"

namespace unified::app {

/// Every check, made now.
using MakeChecks = std::function<boost::asio::awaitable<std::vector<health::Check>>()>;

/// Looks at every check each `interval` and logs when the broker's health changes: one line a
/// change, not one a minute. Returns when the broker stops, at once when `interval` is 0.
boost::asio::awaitable<void> report_health(MakeChecks make_checks,
                                           const bool& stopping,
                                           std::chrono::nanoseconds interval,
                                           observe::Log& log);

}  // namespace unified::app
