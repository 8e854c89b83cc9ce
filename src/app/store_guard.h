#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "app/failure.h"
#include "app/worker.h"
#include "base/result.h"
#include "base/server_version.h"
#include "config/settings.h"
#include "jetstream/store.h"
#include "observe/log.h"
#include "os/unique_fd.h"

namespace unified::app {

/// Keeps a start from harming the store: one server at a time (nats-server has no lock of its own,
/// facts §5), and the comparison with what is on disk before the server sees it.
class StoreGuard {
 public:
  StoreGuard(const config::Settings& settings,
             std::vector<jetstream::StreamSpec> streams,
             ServerVersion version,
             std::string run_dir);

  /// Creates the directory, takes the lock (waiting up to STOP_TIMEOUT for another holder: exit 73)
  /// and runs the pre-flight (exit 78). Returns its warnings. Ends early when `cancelled`.
  boost::asio::awaitable<Result<std::vector<std::string>, Failure>> open(
      boost::asio::any_io_executor reactor,
      Worker& worker,
      observe::Log& log,
      std::function<bool()> cancelled);

  /// To be inherited by nats-server, so that the lock lives as long as either of us.
  [[nodiscard]] int lock_fd() const { return lock_.get(); }

  /// Writes the marker: this configuration is now the store's. Blocks on the disk.
  [[nodiscard]] Result<void> remember(const std::vector<jetstream::StreamState>& actual) const;

 private:
  /// On the worker: blocks on the disk for as long as it takes to read the streams' folders.
  Result<std::vector<std::string>, Failure> preflight();

  [[nodiscard]] Result<void> make_directory() const;

  const config::Settings& settings_;
  std::vector<jetstream::StreamSpec> streams_;
  ServerVersion version_;
  std::string run_dir_;
  os::UniqueFd lock_;
  std::optional<jetstream::Wanted> wanted_;
};

}  // namespace unified::app
