#include "app/prober.h"

#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "app/store_probe.h"
#include "health/http/http_probe.h"

namespace unified::app {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::milliseconds kDeadline{5000};
constexpr std::chrono::seconds kMaxAge{1};

asio::awaitable<health::Probe> monitor_probe(std::string host,
                                             int port,
                                             std::chrono::milliseconds patience) {
  const auto begun = std::chrono::steady_clock::now();
  std::string target = "/healthz?js-enabled-only=true";
  const auto answer = co_await health::http_get(std::move(host), port, std::move(target), patience);
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - begun);
  if (!answer)
    co_return health::Probe{false, answer.error().message, took};
  // Any answer means that the server is alive: what it says is for people (facts §4).
  co_return health::Probe{true, fmt::format("answered {} in {} ms", answer->status, took.count()),
                          took};
}

}  // namespace

Probes unmeasured(const std::string& why) {
  Probes probes;
  probes.http.message = why;
  probes.jetstream.message = why;
  return probes;
}

Prober::Prober(asio::any_io_executor reactor, Provisioner& provisioner, ProbeTarget target)
    : reactor_(std::move(reactor)),
      provisioner_(provisioner),
      target_(std::move(target)),
      disk_(reactor_) {}

bool Prober::is_fresh() const {
  return valid_ && std::chrono::steady_clock::now() - taken_at_ < kMaxAge;
}

asio::awaitable<Probes> Prober::fresh() {
  // A measurement that was under way when everything was forgotten counts for nobody: once more.
  for (int looks = 0; looks < 2 && !is_fresh(); ++looks) {
    begin_measuring();
    const std::shared_ptr<asio::steady_timer> done = done_;
    if (measuring_) {  // co_spawn may have run it to its end already
      co_await done->async_wait(asio::as_tuple(asio::use_awaitable));
    }
  }
  co_return last_;
}

void Prober::begin_measuring() {
  if (measuring_)
    return;
  done_ = std::make_shared<asio::steady_timer>(reactor_, asio::steady_timer::time_point::max());
  measuring_ = true;
  try {
    asio::co_spawn(reactor_, measure(epoch_), asio::detached);
  } catch (...) {
    measuring_ = false;  // out of memory: the next request tries again
    throw;
  }
}

void Prober::aim(std::string monitor_host, int monitor_port) {
  target_.monitor_host = std::move(monitor_host);
  target_.monitor_port = monitor_port;
  forget();
}

void Prober::forget() {
  ++epoch_;
  valid_ = false;
  last_ = unmeasured("not measured yet");
}

asio::awaitable<void> Prober::measure(std::uint64_t epoch) {
  try {
    co_await take(epoch);
  } catch (const std::exception&) {
    last_ = unmeasured("internal error");
    valid_ = false;
  }
  measuring_ = false;
  done_->cancel();
}

asio::awaitable<void> Prober::take(std::uint64_t epoch) {
  using asio::experimental::awaitable_operators::operator&&;
  Probes taken;
  taken.measured = true;
  if (target_.jetstream) {
    auto http = monitor_probe(target_.monitor_host, target_.monitor_port, target_.monitor_patience);
    auto disk = look_at_disk();
    auto jetstream = provisioner_.round_trip(kDeadline);
    auto server = std::move(http) && std::move(jetstream);
    auto everything = std::move(server) && std::move(disk);
    auto all = co_await std::move(everything);
    taken.http = std::move(std::get<0>(all));
    const Result<std::optional<health::DiskFacts>>& seen = std::get<2>(all);
    if (!seen)
      taken.store = {.ok = false, .message = seen.error().message, .took = {}};
    else if (const std::optional<health::DiskFacts>& room = *seen)
      taken.disk = with_forecast(*room);
    taken.jetstream = std::move(std::get<1>(all));
  } else {
    taken.http = co_await monitor_probe(target_.monitor_host, target_.monitor_port,
                                        target_.monitor_patience);
  }
  if (epoch == epoch_) {
    last_ = std::move(taken);
    taken_at_ = std::chrono::steady_clock::now();
    valid_ = true;
    if (target_.on_measured)
      target_.on_measured(last_);
  }
}

health::DiskFacts Prober::with_forecast(health::DiskFacts seen) {
  trend_.add(std::chrono::steady_clock::now(), seen);
  const health::DiskForecast forecast = trend_.forecast();
  seen.full_in = forecast.bytes_gone_in;
  seen.inodes_gone_in = forecast.inodes_gone_in;
  seen.max_file = target_.max_file;
  return seen;
}

asio::awaitable<Result<std::optional<health::DiskFacts>>> Prober::look_at_disk() {
  using Seen = Result<health::DiskFacts>;
  if (target_.store_dir.empty())
    co_return std::optional<health::DiskFacts>{};
  const Error silent{
      fmt::format("the store's file system did not answer within {} ms", kDeadline.count())};
  if (*looking_)
    co_return silent;  // the look before still hangs
  std::function<Seen()> look = [store = target_.store_dir, looking = looking_,
                                streams = provisioner_.streams_on_file()] {
    const Running running{*looking};
    return look_at_store(store, streams);
  };
  std::optional<Seen> seen = co_await disk_.call<Seen>(std::move(look), kDeadline);
  if (!seen)
    co_return silent;
  if (!*seen)
    co_return seen->error();
  co_return std::optional<health::DiskFacts>{**std::move(seen)};
}

}  // namespace unified::app
