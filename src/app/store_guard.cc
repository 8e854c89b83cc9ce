#include "app/store_guard.h"

#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "app/store_state.h"
#include "base/parse.h"
#include "os/directories.h"
#include "os/store_lock.h"

namespace unified::app {
namespace {

constexpr std::chrono::milliseconds kLockRetry{100};
/// A store of thousands of streams on a slow disk is read in this.
constexpr std::chrono::minutes kDiskPatience{5};

using Checked = Result<std::vector<std::string>, Failure>;

Failure failed(ExitCode exit_code, std::string line) {
  return {exit_code, {std::move(line)}};
}

}  // namespace

StoreGuard::StoreGuard(const config::Settings& settings,
                       std::vector<jetstream::StreamSpec> streams,
                       ServerVersion version,
                       std::string run_dir)
    : settings_(settings),
      streams_(std::move(streams)),
      version_(version),
      run_dir_(std::move(run_dir)) {}

boost::asio::awaitable<Result<std::vector<std::string>, Failure>> StoreGuard::open(
    boost::asio::any_io_executor reactor,
    Worker& worker,
    observe::Log& log,
    std::function<bool()> cancelled) {
  const std::string& store = settings_.jetstream.store_dir;
  // Before anything is created: a wrong JETSTREAM_STORE_DIR must leave no trace.
  std::function<Checked()> before = [this] {
    Checked checked = preflight();
    if (checked)
      if (const auto made = make_directory(); !made)
        return Checked{failed(kExitConfiguration, "JETSTREAM_STORE_DIR: " + made.error().message)};
    return checked;
  };
  auto first = co_await worker.call<Checked>(std::move(before), kDiskPatience);
  if (!first)
    co_return failed(kExitConfiguration,
                     "JETSTREAM_STORE_DIR=" + store + ": the disk does not answer");
  if (!*first)
    co_return *std::move(first);

  boost::asio::steady_timer timer{reactor};
  const auto deadline = std::chrono::steady_clock::now() + settings_.supervision.stop_timeout;
  for (bool told = false;; told = true) {
    auto attempt = os::try_lock_store(store);
    if (!attempt)
      co_return failed(kExitConfiguration, "JETSTREAM_STORE_DIR: " + attempt.error().message);
    if (!attempt->held_by_another()) {
      lock_ = std::move(attempt->fd);
      // Again: whoever held the lock may have changed what we looked at.
      std::function<Checked()> again = [this] { return preflight(); };
      auto second = co_await worker.call<Checked>(std::move(again), kDiskPatience);
      if (!second)
        co_return failed(kExitConfiguration,
                         "JETSTREAM_STORE_DIR=" + store + ": the disk does not answer");
      co_return *std::move(second);
    }
    if (!told)
      log.warn("the store {} is in use by another server: waiting up to {} for it to stop", store,
               format_duration(settings_.supervision.stop_timeout));
    if (std::chrono::steady_clock::now() >= deadline)
      co_return failed(
          kExitBusy,
          fmt::format(
              "JETSTREAM_STORE_DIR={} is still in use by another server: two on one store lose "
              "messages. Stop the other one, or set another directory",
              store));
    timer.expires_after(kLockRetry);
    co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    if (cancelled())
      co_return failed(kExitOk, "stopped while waiting for the store");
  }
}

Result<std::vector<std::string>, Failure> StoreGuard::preflight() {
  const std::string& store = settings_.jetstream.store_dir;
  const auto marker = read_marker(store);
  if (!marker)
    return failed(kExitConfiguration,
                  "the store's marker can't be trusted: " + marker.error().message);
  auto wanted = wanted_from(settings_, version_, streams_, *marker);
  if (!wanted)
    return failed(kExitConfiguration, wanted.error().message);
  // Counting takes a walk over every file: only when the limit may have come down since the last
  // start.
  const bool count = !*marker || (*marker)->max_file > settings_.jetstream.max_file;
  const auto facts = store_facts(count, store, run_dir_);
  if (!facts)
    return failed(kExitConfiguration, facts.error().message);
  jetstream::PreflightReport report = jetstream::preflight(*facts, *marker, *wanted);
  if (!report.errors.empty())
    return Failure{kExitConfiguration, std::move(report.errors)};
  wanted_ = *std::move(wanted);
  return std::move(report.warnings);
}

Result<void> StoreGuard::make_directory() const {
  const std::string& store = settings_.jetstream.store_dir;
  if (const auto made = os::make_directories(store); !made)
    return made;
  return os::check_writable(store);
}

Result<void> StoreGuard::remember(const std::vector<jetstream::StreamState>& actual) const {
  return remember_store(settings_.jetstream.store_dir, run_dir_,
                        jetstream::make_marker(*wanted_, actual));
}

}  // namespace unified::app
