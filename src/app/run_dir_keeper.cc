#include "app/run_dir_keeper.h"

#include <cerrno>
#include <exception>
#include <filesystem>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "os/file_events.h"
#include "os/file_lock.h"
#include "os/passing_fault.h"

namespace unified::app {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

constexpr milliseconds kRepairPatience{10'000};
/// Who removes one file probably removes the next one, too.
constexpr milliseconds kBetweenRepairs{50};
constexpr int kLooksAfterwards = 4;
constexpr milliseconds kRepairRetry{1000};
constexpr std::chrono::minutes kBetweenWarnings{1};

/// An error: RUN_DIR, or the lock file in it, can't be looked at.
Result<void> look_at(const std::string& run_dir, int folder, int lock) {
  for (const auto& [path, fd] :
       {std::pair{run_dir, folder}, std::pair{os::instance_lock_in(run_dir), lock}})
    if (const auto seen = os::look_for_file(path, fd); !seen)
      return seen.error();
  return {};
}

}  // namespace

bool may_listen_later(const Error& error) {
  return error.number == ENOENT || os::may_pass(error);
}

RunDirKeeper::RunDirKeeper(Parts parts) : parts_(std::move(parts)), worker_(parts_.reactor) {
  watch();
  begin_repair();  // of what was removed before we watched
}

void RunDirKeeper::guard(api::ControlServer& control) {
  control_ = &control;
  begin_repair();
}

void RunDirKeeper::guard_conf(ConfLock conf) {
  conf_ = std::move(conf);
  begin_repair();
}

void RunDirKeeper::watch() {
  auto events = os::make_file_events();
  const Result<int> watched =
      events ? os::watch_removals(events->get(), parts_.run_dir) : Result<int>{events.error()};
  if (!watched) {
    parts_.log.debug("RUN_DIR: {}: looked at every second", watched.error().message);
    return;
  }
  events_.emplace(parts_.reactor, events->release());
  wait();
}

void RunDirKeeper::wait() {
  if (!events_)
    return;
  events_->async_wait(asio::posix::stream_descriptor::wait_read,
                      [this](const boost::system::error_code& error) {
                        if (error || !events_)
                          return;
                        bool ours = false;
                        for (const auto& event : os::read_file_events(events_->native_handle()))
                          ours = ours || event.name.empty() || is_guarded(event.name);
                        wait();
                        if (ours)
                          begin_repair();
                      });
}

bool RunDirKeeper::is_guarded(const std::string& name) const {
  const auto is_at = [&name](const std::string& path) {
    return std::filesystem::path{path}.filename() == name;
  };
  return is_at(os::instance_lock_in(parts_.run_dir)) ||
         is_at(os::control_socket_in(parts_.run_dir)) || is_at(conf_.path);
}

void RunDirKeeper::begin_repair() {
  removed_ = true;
  if (std::exchange(repairing_, true))
    return;
  asio::co_spawn(parts_.reactor, repair_until_whole(), [this](const std::exception_ptr& failure) {
    repairing_ = false;
    if (!failure)
      return;
    parts_.log.error("internal error while RUN_DIR {} was made anew, trying again", parts_.run_dir);
    auto again = std::make_shared<asio::steady_timer>(parts_.reactor, kRepairRetry);
    again->async_wait([this, again](const boost::system::error_code&) { begin_repair(); });
  });
}

asio::awaitable<void> RunDirKeeper::repair_until_whole() {
  int looks = 0;
  while (std::exchange(removed_, false) || !events_ || looks > 0) {
    Result<std::shared_ptr<Repaired>> repaired = co_await repair();
    const bool gone = repaired && ((*repaired)->gone || (*repaired)->conf);
    const bool conf_faulty = repaired && !(*repaired)->conf_fault.empty();
    Result<void> adopted = repaired ? adopt(std::move(**repaired)) : Result<void>{repaired.error()};
    if (adopted) {
      reported_.clear();
      looks = conf_faulty ? 1 : gone ? kLooksAfterwards : looks - 1;
      const milliseconds pause = events_ && !conf_faulty ? kBetweenRepairs : kRepairRetry;
      co_await rest(pause);
      continue;
    }
    report(adopted.error(), repaired.ok());
    looks = 1;
    co_await rest(kRepairRetry);
  }
}

void RunDirKeeper::report(const Error& error, bool was_looked_at) {
  const std::string why =
      was_looked_at
          ? fmt::format(
                "was removed, in part or as a whole, and can't be made anew: {}; until then "
                "commands may not reach us",
                error.message)
          : fmt::format("can't be looked at: {}; whether commands reach us is not known",
                        error.message);
  if (std::exchange(reported_, why) != why)
    parts_.log.error("RUN_DIR {} {}", parts_.run_dir, why);
}

void RunDirKeeper::repair_conf_lock(const std::string& path, int held, Repaired& repaired) {
  constexpr const char* kGone = "was removed and can't be made anew: ";
  const auto seen = os::look_for_file(path, held);
  if (!seen)
    repaired.conf_fault = "is not known to be there: " + seen.error().message;
  if (!seen || *seen)
    return;
  auto attempt = os::try_lock_file(path);
  if (!attempt)
    repaired.conf_fault = kGone + attempt.error().message;
  else if (attempt->held_by_another())
    repaired.conf_fault = kGone + path + " is held by another broker now";
  else
    repaired.conf = std::move(attempt->fd);
}

void RunDirKeeper::watch_folders(int events,
                                 const std::string& run_dir,
                                 const std::string& conf_lock,
                                 Repaired& repaired) {
  // A folder of that name that is watched already is watched once.
  repaired.watched = static_cast<bool>(os::watch_removals(events, run_dir));
  if (!conf_lock.empty())  // without a watch it is missed until something else is removed
    (void)os::watch_removals(events, std::filesystem::path{conf_lock}.parent_path().string());
}

/// Values only: the reactor goes on with other descriptors when this has ended.
std::function<Result<std::shared_ptr<RunDirKeeper::Repaired>>()> RunDirKeeper::repair_task() {
  return [run_dir = parts_.run_dir, lock = parts_.lock.fd.get(), folder = parts_.lock.folder.get(),
          reachable = control_ != nullptr ? control_->reachability() : std::function<bool()>{},
          hangs = hangs_, conf_path = conf_.path,
          conf_lock = conf_.lock == nullptr ? -1 : conf_.lock->get(),
          events = events_ ? events_->native_handle() : -1]() -> Result<std::shared_ptr<Repaired>> {
    const Running running{*hangs};
    if (const auto seen = look_at(run_dir, folder, lock); !seen)
      return seen.error();
    auto repaired = std::make_shared<Repaired>();
    if (conf_lock >= 0)
      repair_conf_lock(conf_path, conf_lock, *repaired);
    // A fault is returned beside what was made anew, so that we keep that; the next try makes the
    // rest.
    auto locks = os::repair_run_dir(run_dir, lock, folder);
    if (!locks) {
      repaired->fault = locks.error();
      return repaired;
    }
    repaired->locks = *std::move(locks);
    repaired->gone = static_cast<bool>(repaired->locks.lock);
    if (events >= 0)
      watch_folders(events, run_dir, conf_path, *repaired);
    if (!reachable || reachable())
      return repaired;
    auto bound = api::bind_control_socket(os::control_socket_in(run_dir));
    if (bound) {
      repaired->control = *std::move(bound);
      repaired->gone = true;
    } else if (!repaired->gone) {
      repaired->fault = bound.error();
    }
    return repaired;
  };
}

asio::awaitable<Result<std::shared_ptr<RunDirKeeper::Repaired>>> RunDirKeeper::repair() {
  using Shared = Result<std::shared_ptr<Repaired>>;
  const Shared silent{Error{"the disk does not answer"}};
  if (*hangs_)
    co_return silent;
  std::function<Shared()> task = repair_task();
  std::optional<Shared> shared = co_await worker_.call<Shared>(std::move(task), kRepairPatience);
  if (!shared)
    co_return silent;
  co_return *std::move(shared);
}

Result<void> RunDirKeeper::adopt(Repaired repaired) {
  if (repaired.locks.lock)
    parts_.lock.fd = std::move(repaired.locks.lock);
  if (repaired.locks.folder)
    parts_.lock.folder = std::move(repaired.locks.folder);
  Result<void> replaced = repaired.fault ? Result<void>{*repaired.fault} : Result<void>{};
  if (repaired.control)
    replaced = control_->replace(std::move(repaired.control));
  adopt_conf(std::move(repaired.conf), repaired.conf_fault);
  if (!repaired.watched)
    events_.reset();  // looked at every second from now on
  if (!repaired.gone)
    return replaced;
  warn_of_removal();
  parts_.on_remade();
  return replaced;
}

void RunDirKeeper::adopt_conf(os::UniqueFd lock, const std::string& fault) {
  if (std::exchange(reported_conf_fault_, fault) != fault && !fault.empty())
    parts_.log.error(
        "the lock of NATS_CONFIG_FILE={} {}; until then another broker may write that file. It is "
        "tried again every second",
        conf_.conf, fault);
  if (!lock)
    return;
  *conf_.lock = std::move(lock);
  parts_.log.warn(
      "somebody has removed {}, which keeps other brokers from our nats.conf: made anew",
      conf_.path);
}

void RunDirKeeper::warn_of_removal() {
  const auto now = std::chrono::steady_clock::now();
  if (warned_at_ && now - *warned_at_ < kBetweenWarnings)
    return;
  warned_at_ = now;
  parts_.log.warn(
      "somebody has removed files of ours from RUN_DIR {}: made anew. A cleaner of temporary files "
      "must leave it alone: /run is the place for it",
      parts_.run_dir);
}

asio::awaitable<void> RunDirKeeper::rest(milliseconds time) const {
  asio::steady_timer timer{parts_.reactor, time};
  co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

}  // namespace unified::app
