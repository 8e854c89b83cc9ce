#include "app/limits_watch.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include "health/http/http_probe.h"

namespace unified::app {
namespace {

constexpr std::chrono::milliseconds kVarzPatience{2000};

}  // namespace

boost::asio::awaitable<void> LimitsWatch::look(std::string monitor_host,
                                               int monitor_port,
                                               const std::vector<health::StreamFacts>& streams) {
  std::vector<health::LimitUse> of_streams = health::limits_of_streams(streams);
  const std::uint64_t epoch = epoch_;
  std::string target = "/varz";
  const auto varz = co_await health::http_get(std::move(monitor_host), monitor_port,
                                              std::move(target), kVarzPatience);
  constexpr unsigned kHttpOk = 200;
  if (epoch != epoch_)
    co_return;
  if (varz && varz->status == kHttpOk)
    of_server_ = health::limits_of_server(varz->body);
  std::vector<health::LimitUse> uses = of_server_;
  std::ranges::move(of_streams, std::back_inserter(uses));
  seen_ = limits_.note(uses, std::chrono::steady_clock::now());
}

}  // namespace unified::app
