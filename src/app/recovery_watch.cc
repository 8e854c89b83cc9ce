#include "app/recovery_watch.h"

#include <functional>
#include <utility>
#include <vector>

#include <boost/asio/post.hpp>

#include "observe/server_line.h"
#include "os/readings.h"
#include "os/store_scan.h"

namespace unified::app {
namespace {

namespace asio = boost::asio;
using nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

/// A short restore is over before anybody could ask.
constexpr std::chrono::seconds kMeasureAfter{1};
constexpr std::chrono::seconds kTellEvery{10};

/// On the scanner's thread: every stream's name as nats-server writes it, and its bytes.
std::vector<std::pair<std::string, std::int64_t>> sizes_in(const std::string& store_dir) {
  std::vector<std::pair<std::string, std::int64_t>> sizes;
  if (const auto streams = os::scan_store(store_dir))
    for (const os::StoredStream& stream : *streams)
      sizes.emplace_back(stream.account + " > " + stream.name, os::bytes_below(stream.folder));
  return sizes;
}

}  // namespace

RecoveryWatch::RecoveryWatch(asio::any_io_executor reactor,
                             observe::Log& log,
                             std::string store_dir)
    : reactor_(std::move(reactor)),
      log_(log),
      store_dir_(std::move(store_dir)),
      timer_(reactor_) {}

void RecoveryWatch::spawned(std::uint64_t incarnation, int pid) {
  if (store_dir_.empty())
    return;
  incarnation_ = incarnation;
  pid_ = pid;
  begun_ = Clock::now();
  measured_ = false;  // the streams stay: the first lines come before this when the server is quick
  timer_.expires_after(kMeasureAfter);
  timer_.async_wait([this, incarnation](const boost::system::error_code& error) {
    if (error || incarnation_ != incarnation)
      return;
    measure(incarnation);
    tell_later(incarnation, kTellEvery - kMeasureAfter);
  });
}

void RecoveryWatch::server_line(std::string_view line) {
  const observe::ServerLine parsed = observe::parse_server_line(line);
  if (!parsed.from_client && parsed.level == observe::Level::kInfo)
    (void)supervise::note_restore_line(streams_, std::string{parsed.text});
}

void RecoveryWatch::ended() {
  incarnation_ = 0;
  streams_.clear();
  timer_.cancel();
}

std::optional<supervise::RecoveryProgress> RecoveryWatch::progress() const {
  if (incarnation_ == 0 || streams_.empty())
    return std::nullopt;
  const std::optional<std::int64_t> read = measured_ ? os::bytes_read(pid_) : std::nullopt;
  return supervise::recovery_progress(streams_, read, Clock::now() - begun_);
}

void RecoveryWatch::measure(std::uint64_t incarnation) {
  if (!scanner_)
    scanner_ = std::make_unique<Worker>(reactor_);
  using Sizes = std::vector<std::pair<std::string, std::int64_t>>;
  const std::function<void(const Sizes&)> found = [this, incarnation](const Sizes& sizes) {
    if (incarnation_ != incarnation)
      return;
    measured_ = true;
    for (const auto& [name, bytes] : sizes)
      streams_[name].bytes = bytes;
  };
  scanner_->post([found, reactor = reactor_, store_dir = store_dir_] {
    asio::post(reactor, [found, sizes = sizes_in(store_dir)] { found(sizes); });
  });
}

void RecoveryWatch::tell_later(std::uint64_t incarnation, Clock::duration delay) {
  timer_.expires_after(delay);
  timer_.async_wait([this, incarnation](const boost::system::error_code& error) {
    if (error || incarnation_ != incarnation)
      return;
    if (const auto now = progress())
      log_.info("nats-server recovers its store: {}", now->describe());
    tell_later(incarnation, kTellEvery);
  });
}

ordered_json to_json(const std::optional<supervise::RecoveryProgress>& progress) {
  if (!progress)
    return {};
  ordered_json body;
  body["streams_restored"] = progress->restored;
  body["streams_total"] = progress->total;
  body["percent"] = progress->percent ? ordered_json(*progress->percent) : ordered_json{};
  body["eta_seconds"] = progress->eta ? ordered_json(progress->eta->count()) : ordered_json{};
  return body;
}

}  // namespace unified::app
