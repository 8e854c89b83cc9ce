#include "app/health_report.h"

#include <exception>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace unified::app {

namespace asio = boost::asio;

asio::awaitable<void> report_health(MakeChecks make_checks,
                                    const bool& stopping,
                                    std::chrono::nanoseconds interval,
                                    observe::Log& log) {
  asio::steady_timer timer{co_await asio::this_coro::executor};
  health::Status told = health::Status::kPass;
  while (!stopping && interval.count() > 0) {
    timer.expires_after(interval);
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    if (stopping)
      co_return;
    std::vector<health::Check> checks;
    try {
      checks = co_await make_checks();
    } catch (const std::exception& failure) {
      log.error("internal error in the periodic health check, going on: {}", failure.what());
      continue;
    }
    const health::Status now = health::worst(checks);
    if (now == std::exchange(told, now))
      continue;
    for (const health::Check& check : checks)
      if (check.status != health::Status::kPass)
        log.warn("health: {} {}: {}", health::to_text(check.status), check.name, check.message);
    if (now == health::Status::kPass)
      log.info("health: every check passes again");
  }
}

}  // namespace unified::app
