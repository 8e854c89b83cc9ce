#include "app/meta_sync.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "os/stream_sync.h"

namespace unified::app {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

constexpr milliseconds kFirstRetry{1000};
constexpr milliseconds kLongestRetry{30'000};
/// A sync that takes longer is told of; the next one waits behind it.
constexpr milliseconds kPatience{10'000};

/// The objects that could not be synced, and the last error.
struct SyncOutcome {
  std::set<jetstream::MadeObject> failed;
  std::string why;
};

SyncOutcome sync_all(const std::string& store_dir, const std::set<jetstream::MadeObject>& objects) {
  SyncOutcome outcome;
  for (const jetstream::MadeObject& object : objects) {
    const auto synced = object.consumer.empty()
                            ? os::sync_stream(store_dir, object.stream)
                            : os::sync_consumer(store_dir, object.stream, object.consumer);
    if (synced)
      continue;
    outcome.failed.insert(object);
    outcome.why = synced.error().message;
  }
  return outcome;
}

std::string name_of(const jetstream::MadeObject& object) {
  return object.consumer.empty()
             ? fmt::format("stream {}", object.stream)
             : fmt::format("consumer {} of stream {}", object.consumer, object.stream);
}

}  // namespace

MetaSync::MetaSync(asio::any_io_executor reactor, observe::Log& log, std::string store_dir)
    : reactor_(std::move(reactor)),
      log_(log),
      store_dir_(std::move(store_dir)),
      disk_(reactor_),
      settled_(reactor_, asio::steady_timer::time_point::max()) {}

void MetaSync::made(const jetstream::MadeObject& object) {
  waiting_.insert(object);
  if (!std::exchange(running_, true))
    asio::co_spawn(reactor_, run(), [this](const std::exception_ptr&) { running_ = false; });
}

asio::awaitable<void> MetaSync::settled(milliseconds patience) {
  if (!running_)
    co_return;
  settled_.expires_after(patience);
  co_await settled_.async_wait(asio::as_tuple(asio::use_awaitable));
}

asio::awaitable<void> MetaSync::run() {
  milliseconds retry = kFirstRetry;
  while (!waiting_.empty()) {
    const Objects batch = std::exchange(waiting_, {});
    std::function<SyncOutcome()> task = [store = store_dir_, batch] {
      return sync_all(store, batch);
    };
    std::optional<SyncOutcome> outcome =
        co_await disk_.call<SyncOutcome>(std::move(task), kPatience);
    if (!outcome)
      outcome = SyncOutcome{batch, fmt::format("the disk of {} does not answer", store_dir_)};
    if (outcome->failed.empty()) {
      retry = kFirstRetry;
      if (!std::exchange(told_, {}).empty())
        log_.info("what was made in {} is on the disk now", store_dir_);
      continue;
    }
    tell(outcome->failed, outcome->why);
    waiting_.merge(outcome->failed);
    asio::steady_timer rest{reactor_, retry};
    co_await rest.async_wait(asio::as_tuple(asio::use_awaitable));
    retry = std::min(retry * 2, kLongestRetry);
  }
  running_ = false;
  settled_.cancel();
}

void MetaSync::tell(const Objects& failed, const std::string& why) {
  if (why == told_)
    return;
  told_ = why;
  log_.warn("{}{} may not be there after a power loss: {}; tried again", name_of(*failed.begin()),
            failed.size() > 1 ? fmt::format(" and {} more", failed.size() - 1) : std::string{},
            why);
}

void MetaSync::drain(milliseconds patience) {
  disk_.drain(patience);
}

}  // namespace unified::app
