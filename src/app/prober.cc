#include "app/prober.h"

#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "health/http/http_probe.h"

namespace unified::app {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::milliseconds kDeadline{5000};
constexpr std::chrono::seconds kMaxAge{1};

asio::awaitable<health::Probe> monitor_probe(std::string host, int port) {
  const auto begun = std::chrono::steady_clock::now();
  const auto answer =
      co_await health::http_get(std::move(host), port, "/healthz?js-enabled-only=true", kDeadline);
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - begun);
  if (!answer)
    co_return health::Probe{false, answer.error().message, took};
  // Any answer means that the server is alive: what it says is for people (facts §4).
  co_return health::Probe{true, fmt::format("answered {} in {} ms", answer->status, took.count()),
                          took};
}

}  // namespace

Prober::Prober(asio::any_io_executor reactor,
               Provisioner& provisioner,
               std::string monitor_host,
               int monitor_port,
               bool jetstream)
    : reactor_(std::move(reactor)),
      provisioner_(provisioner),
      monitor_host_(std::move(monitor_host)),
      monitor_port_(monitor_port),
      jetstream_(jetstream) {}

asio::awaitable<Probes> Prober::fresh() {
  if (valid_ && std::chrono::steady_clock::now() - taken_at_ < kMaxAge)
    co_return last_;
  if (!measuring_) {
    measuring_ = true;
    done_ = std::make_shared<asio::steady_timer>(reactor_, asio::steady_timer::time_point::max());
    asio::co_spawn(reactor_, measure(epoch_), asio::detached);
  }
  const std::shared_ptr<asio::steady_timer> done = done_;
  co_await done->async_wait(asio::as_tuple(asio::use_awaitable));
  co_return last_;
}

void Prober::forget() {
  ++epoch_;
  valid_ = false;
  last_ = {{false, "not measured yet", {}}, {false, "not measured yet", {}}};
}

asio::awaitable<void> Prober::measure(std::uint64_t epoch) {
  try {
    co_await take(epoch);
  } catch (const std::exception&) {
    last_ = {{false, "internal error", {}}, {false, "internal error", {}}};
    valid_ = false;
  }
  measuring_ = false;
  done_->cancel();
}

asio::awaitable<void> Prober::take(std::uint64_t epoch) {
  using asio::experimental::awaitable_operators::operator&&;
  Probes taken;
  if (jetstream_) {
    auto both = co_await (monitor_probe(monitor_host_, monitor_port_) &&
                          provisioner_.round_trip(kDeadline));
    taken.http = std::move(std::get<0>(both));
    taken.jetstream = std::move(std::get<1>(both));
  } else {
    taken.http = co_await monitor_probe(monitor_host_, monitor_port_);
  }
  if (epoch == epoch_) {
    last_ = std::move(taken);
    taken_at_ = std::chrono::steady_clock::now();
    valid_ = true;
  }
}

}  // namespace unified::app
