#include "app/disk_watch.h"

#include <algorithm>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "health/disk_room.h"
#include "health/storage.h"
#include "jetstream/store.h"
#include "observe/server_line.h"
#include "os/store_scan.h"

namespace unified::app {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;
using health::RoomVerdict;

constexpr std::chrono::milliseconds kDiskPatience{5000};
constexpr std::chrono::milliseconds kListPatience{3000};
constexpr std::chrono::seconds kAskRest{5};
constexpr std::chrono::minutes kScanPatience{1};
constexpr std::chrono::seconds kRoomLook{1};
/// A disk on the edge is told of once.
constexpr std::chrono::minutes kShortageMemory{5};
/// Larger messages are rare, and a trial must not take the last room itself.
constexpr std::int64_t kLargestTrial = std::int64_t{8} * 1024 * 1024;

}  // namespace

DiskWatch::DiskWatch(asio::any_io_executor reactor,
                     Supervisor& supervisor,
                     Provisioner& provisioner,
                     observe::Log& log,
                     Options options)
    : reactor_(std::move(reactor)),
      supervisor_(supervisor),
      provisioner_(provisioner),
      log_(log),
      options_(std::move(options)),
      disk_(reactor_) {}

void DiskWatch::server_line(std::uint64_t incarnation, std::string_view line) {
  // Before anything is parsed: this runs for every line of the server's.
  if (confirming_ || !health::tells_of_no_room(line))
    return;
  const observe::ServerLine parsed = observe::parse_server_line(line);
  if (!parsed.from_client && parsed.level >= observe::Level::kWarning)
    suspect(incarnation, {.server_said = true});
}

void DiskWatch::measured(const Probes& probes) {
  if (!probes.disk)
    return;
  tell_shortage(*probes.disk);
  if (!health::has_room(*probes.disk) && provisioner_.connection().ok)
    ask(supervisor_.lifecycle().incarnation, probes.jetstream.silent);
  if (wait_ && supervise::is_over(*wait_, health::has_room(*probes.disk), Clock::now()))
    wait_.reset();
}

void DiskWatch::spawned(std::uint64_t incarnation) {
  // Those of the first start are in the warnings of the pre-flight.
  asio::co_spawn(reactor_, look_for_half_made(incarnation > 1), asio::detached);
}

void DiskWatch::ask(std::uint64_t incarnation, bool silent) {
  if (silent) {
    suspect(incarnation, {.jetstream_silent = true});
    return;
  }
  if (asking_ || Clock::now() < ask_again_)
    return;
  asking_ = true;
  ask_again_ = Clock::now() + kAskRest;
  asio::co_spawn(reactor_, ask_for_streams(incarnation),
                 [this](const std::exception_ptr&) { asking_ = false; });
}

void DiskWatch::suspect(std::uint64_t incarnation, const health::RoomEvidence& evidence) {
  if (!std::exchange(confirming_, true))
    asio::co_spawn(reactor_, confirm(incarnation, evidence),
                   [this](const std::exception_ptr&) { confirming_ = false; });
}

asio::awaitable<void> DiskWatch::confirm(std::uint64_t incarnation, health::RoomEvidence evidence) {
  const std::optional<DiskLook> found = co_await look();
  const supervise::Lifecycle& life = supervisor_.lifecycle();
  // Somebody else wants it down, or it is gone: nothing is stored any more.
  if (!found || life.incarnation != incarnation || life.want != supervise::Want::kUp)
    co_return;
  evidence.disk = found->disk;
  evidence.refused_us = found->refused_us;
  if (const RoomVerdict verdict = health::judge(evidence); verdict != RoomVerdict::kRoom)
    stop_server(evidence, verdict);
}

/// 2.9 holds the lock of the stream whose write was refused for ever, without a word, and goes on
/// answering what needs no stream.
asio::awaitable<void> DiskWatch::ask_for_streams(std::uint64_t incarnation) {
  std::string subject = "$JS.API.STREAM.LIST";
  std::string body = "{}";
  const Result<std::string> answer =
      co_await provisioner_.relay(std::move(subject), std::move(body), kListPatience);
  if (!answer && provisioner_.connection().ok)
    suspect(incarnation, {.jetstream_silent = true});
}

asio::awaitable<std::optional<DiskLook>> DiskWatch::look() {
  struct Done {  // however the look ends
    std::atomic<bool>& looking;
    ~Done() { looking = false; }
  };
  if (looking_->exchange(true))
    co_return std::nullopt;  // the look before still hangs
  std::function<DiskLook()> task = [store = options_.store_dir, looking = looking_,
                                    bytes = std::min(options_.largest_message, kLargestTrial)] {
    const Done done{*looking};
    return look_for_room(store, bytes);
  };
  std::optional<DiskLook> found = co_await disk_.call<DiskLook>(std::move(task), kDiskPatience);
  co_return found;
}

void DiskWatch::stop_server(const health::RoomEvidence& evidence, RoomVerdict verdict) {
  const bool first = !wait_;
  wait_ = supervise::stopped_for_room(wait_, Clock::now());
  seen_ = evidence.disk;
  const std::string left = evidence.disk ? health::what_is_left(*evidence.disk) : "unknown";
  why_ = verdict == RoomVerdict::kFull
             ? fmt::format(
                   "the disk of {} is full: {}; stopped nats-server so that nothing acked "
                   "is lost, until there is room",
                   options_.store_dir, left)
             : fmt::format(
                   "the disk of {} was full a moment ago ({} now): nats-server starts anew, "
                   "since it does not get over a refused write",
                   options_.store_dir, left);
  log_.write(first ? observe::Level::kError : observe::Level::kWarning, why_);
  supervisor_.down(why_, true);
  if (!waiting_)
    begin_waiting();
}

void DiskWatch::begin_waiting() {
  waiting_ = true;
  asio::co_spawn(reactor_, wait_for_room(), [this](const std::exception_ptr& failure) {
    waiting_ = false;
    if (failure && is_ours())
      begin_waiting();  // else the server would stay down for ever
    else
      seen_.reset();
  });
}

bool DiskWatch::is_ours() const {
  const supervise::Lifecycle& life = supervisor_.lifecycle();
  return life.want == supervise::Want::kDown && life.down_because == why_;
}

asio::awaitable<void> DiskWatch::wait_for_room() {
  asio::steady_timer timer{reactor_};
  while (is_ours()) {
    const std::optional<DiskLook> found = co_await look();
    if (!is_ours())
      co_return;
    if (found)
      seen_ = found->disk;
    const bool stopped = supervisor_.lifecycle().phase == supervise::Phase::kStopped;
    const bool room = found && found->disk && health::has_room(*found->disk) &&
                      !found->refused_us.value_or(false);
    if (stopped && wait_ && supervise::may_start(*wait_, room, Clock::now())) {
      start_server(room);
      co_return;
    }
    timer.expires_after(kRoomLook);
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

void DiskWatch::start_server(bool room) {
  if (room) {
    log_.info("the disk of {} has room again ({}): starting nats-server", options_.store_dir,
              seen_ ? health::what_is_left(*seen_) : "");
  } else {
    if (wait_)
      ++wait_->starts_on_full;
    log_.warn(
        "the disk of {} is still full ({}): starting nats-server all the same, since only it "
        "can expire messages",
        options_.store_dir, seen_ ? health::what_is_left(*seen_) : "unknown");
  }
  supervisor_.start();
}

asio::awaitable<void> DiskWatch::look_for_half_made(bool tell) {
  using Found = Result<std::vector<os::HalfMade>>;
  std::function<Found()> task = [store = options_.store_dir] {
    return os::half_made_streams(store);
  };
  const std::optional<Found> found = co_await disk_.call<Found>(std::move(task), kScanPatience);
  if (!found || !*found)
    co_return;
  const std::vector<std::string> known = std::exchange(half_made_, {});
  for (const os::HalfMade& stream : **found) {
    half_made_.push_back(fmt::format("{} ({})", stream.folder, stream.what));
    if (tell && std::ranges::find(known, half_made_.back()) == known.end())
      log_.warn("{}", jetstream::half_made_text(stream.folder, stream.what, stream.holds_messages));
  }
}

void DiskWatch::tell_shortage(const health::DiskFacts& disk) {
  const std::string now = health::shortage(disk);
  if (!now.empty()) {
    if (!short_until_)
      log_.warn("the disk of {} gets short: {}", options_.store_dir, now);
    short_until_ = Clock::now() + kShortageMemory;
  } else if (short_until_ && Clock::now() >= *short_until_) {
    short_until_.reset();
    log_.info("the disk of {} is no longer short: {}", options_.store_dir,
              health::what_is_left(disk));
  }
}

}  // namespace unified::app
