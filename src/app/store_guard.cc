#include "app/store_guard.h"

#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "app/kept_meta.h"
#include "app/meta_copy.h"
#include "app/store_place.h"
#include "app/store_state.h"
#include "app/stream_keys.h"
#include "base/parse.h"
#include "os/directories.h"
#include "os/store_lock.h"

namespace unified::app {
namespace {

constexpr std::chrono::milliseconds kLockRetry{100};
/// A store of thousands of streams on a slow disk is read in this.
constexpr std::chrono::minutes kStorePatience{5};

Failure failed(ExitCode exit_code, std::string line) {
  return {exit_code, {std::move(line)}};
}

}  // namespace

StoreGuard::StoreGuard(const config::Settings& settings,
                       const std::vector<jetstream::StreamSpec>& streams,
                       ServerVersion version,
                       std::string run_dir)
    : settings_(settings),
      streams_(streams),
      version_(version),
      store_dir_(settings.jetstream.store_dir),
      run_dir_(std::move(run_dir)) {}

boost::asio::awaitable<Result<std::vector<std::string>, Failure>> StoreGuard::open(
    boost::asio::any_io_executor reactor, Worker& worker, observe::Log& log) {
  const std::string& store = settings_.jetstream.store_dir;
  boost::asio::steady_timer timer{reactor};
  const auto deadline = std::chrono::steady_clock::now() + settings_.supervision.stop_timeout;
  for (bool told = false;; told = true) {
    std::function<Result<Claim, Failure>()> task = [this] { return claim(); };
    auto claimed = co_await worker.call<Result<Claim, Failure>>(std::move(task), kStorePatience);
    if (!claimed)
      co_return failed(kExitConfiguration,
                       "JETSTREAM_STORE_DIR=" + store + ": the disk does not answer");
    if (!*claimed)
      co_return claimed->error();
    Claim& attempt = **claimed;
    if (attempt.lock) {
      lock_ = std::move(attempt.lock);
      accounts_lock_ = std::move(attempt.accounts_lock);
      co_return std::move(attempt.warnings);
    }
    if (!told)
      log.warn("the store {} is in use by another server: waiting up to {} for it to stop", store,
               format_duration(settings_.supervision.stop_timeout));
    if (std::chrono::steady_clock::now() >= deadline)
      co_return failed(
          kExitBusy,
          fmt::format(
              "JETSTREAM_STORE_DIR={} is still in use by another server{}: two on one store lose "
              "messages. Stop the other one, or set another directory",
              store,
              attempt.open_elsewhere.empty()
                  ? ""
                  : fmt::format(" ({} is open for writing)", attempt.open_elsewhere)));
    timer.expires_after(kLockRetry);
    co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  }
}

Result<StoreGuard::Claim, Failure> StoreGuard::claim() {
  const std::string& store = settings_.jetstream.store_dir;
  const auto store_failure = [](const Error& error) {
    return failed(kExitConfiguration, "JETSTREAM_STORE_DIR: " + error.message);
  };
  if (!os::is_directory(store)) {
    // In this order: a wrong JETSTREAM_STORE_DIR must leave no trace.
    if (const auto checked = preflight(); !checked)
      return checked.error();
    if (const auto made = os::make_directories(store); !made)
      return store_failure(made.error());
  }
  auto attempt = os::try_lock_store(store);
  if (!attempt)
    return store_failure(attempt.error());
  if (attempt->held_by_another())
    return Claim{};
  // Under the lock: whoever held it may have changed what is there.
  auto checked = preflight();
  if (!checked)
    return checked.error();
  if (const auto writable = os::check_writable(store); !writable)
    return store_failure(Error{writable.error().message + os::owner_hint(store)});
  auto accounts = lock_accounts();
  if (!accounts)
    return store_failure(accounts.error());
  if (accounts->held_by_another())
    return Claim{};
  if (auto block = os::block_open_for_writing(store))
    return Claim{
        .lock = {}, .accounts_lock = {}, .warnings = {}, .open_elsewhere = *std::move(block)};
  if (const auto lines = put_torn_meta_back(store_dir_); !lines.empty()) {
    checked = preflight();  // which saw what was torn
    if (!checked)
      return checked.error();
    checked->warnings.insert(checked->warnings.begin(), lines.begin(), lines.end());
  }
  if (const auto ready = make_ready(*checked); !ready)
    return store_failure(ready.error());
  return Claim{std::move(attempt->fd), std::move(accounts->fd), std::move(checked->warnings), {}};
}

Result<void> StoreGuard::make_ready(StoreCheck& checked) const {
  // So that a start which is cut off before it is ready leaves no store that nobody can place.
  if (checked.first_use && !settings_.jetstream.encryption_key.empty())
    if (auto noted = note_version(store_dir_, version_); !noted)
      checked.warnings.push_back(noted.error().message);
  const auto lines = prepare_stream_keys(store_dir_, !settings_.jetstream.encryption_key.empty());
  if (!lines)
    return lines.error();
  checked.warnings.insert(checked.warnings.end(), lines->begin(), lines->end());
  // Behind that: what an earlier start has replaced is not worth a copy.
  if (checked.copy_meta) {
    auto copy = finished_meta_copy(store_dir_);
    if (!copy)
      copy = copy_meta_aside(store_dir_, std::chrono::system_clock::now());
    if (!copy)
      return Error{"meta.* can't be copied aside, so nats-server is not started: " +
                   copy.error().message};
    checked.warnings.push_back(fmt::format(
        "nats-server {} replaces the keys of the encrypted streams in {}: every meta.* was copied "
        "to {}. If streams can't be read later (\"unable to recover keys\"), stop the server and "
        "put them back: cp -a {}/. {}/jetstream/",
        to_text(version_), store_dir_, *copy, *copy, store_dir_));
  }
  return {};
}

/// nats-server's own folder in the store, and somebody else's store if theirs is a level deeper:
/// nats-server would move the streams of one out of the other. Beside it nats-server sees accounts
/// that it has to move; what lies alone in a store it takes for its own folder (checkStoreDir, 2.9
/// to 2.15).
Result<os::LockAttempt> StoreGuard::lock_accounts() const {
  const std::string folder = store_dir_ + "/jetstream";
  if (const auto made = os::make_directories(folder); !made)
    return made.error();
  return os::try_lock_store(folder);
}

Result<StoreCheck, Failure> StoreGuard::preflight() {
  auto checked = check_store(settings_, streams_, version_, run_dir_);
  if (!checked)
    return checked;
  wanted_ = checked->wanted;
  wanted_->streams = {};
  if (auto warning = fleeting_store_warning(store_dir_))
    checked->warnings.push_back(*std::move(warning));
  return checked;
}

StoreMemory StoreGuard::memory() const {
  // NOLINTNEXTLINE(bugprone-unchecked-optional-access): only a store that was opened is remembered
  return {.store_dir = store_dir_, .run_dir = run_dir_, .wanted = *wanted_};
}

Result<void> StoreMemory::remember(std::vector<jetstream::StreamSpec> streams,
                                   const std::vector<jetstream::StreamState>& actual) const {
  jetstream::Wanted declared = wanted;
  declared.streams = std::move(streams);
  return remember_store(store_dir, run_dir, jetstream::make_marker(declared, actual));
}

}  // namespace unified::app
