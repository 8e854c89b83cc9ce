#pragma once

#include <optional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "app/failure.h"
#include "app/store_check.h"
#include "app/worker.h"
#include "base/result.h"
#include "base/server_version.h"
#include "config/settings.h"
#include "jetstream/store.h"
#include "observe/log.h"
#include "os/file_lock.h"
#include "os/unique_fd.h"

namespace unified::app {

/// What the store's marker will say, beside the streams. A value: a task of the worker has it for
/// itself, whatever a reload changes meanwhile.
struct StoreMemory {
  std::string store_dir;
  std::string run_dir;
  jetstream::Wanted wanted;

  /// Writes the marker: this configuration, with these streams declared, is now the store's. Blocks
  /// on the disk.
  [[nodiscard]] Result<void> remember(std::vector<jetstream::StreamSpec> streams,
                                      const std::vector<jetstream::StreamState>& actual) const;
};

/// Keeps a start from harming the store: one server at a time (nats-server has no lock of its own,
/// facts §5), and the comparison with what is on disk before the server sees it.
class StoreGuard {
 public:
  /// Refers to the settings and the streams until open() has ended.
  StoreGuard(const config::Settings& settings,
             const std::vector<jetstream::StreamSpec>& streams,
             ServerVersion version,
             std::string run_dir);

  /// Creates the directory, takes the lock (waiting up to STOP_TIMEOUT for another holder: exit 73)
  /// and runs the pre-flight (exit 78). Returns its warnings.
  boost::asio::awaitable<Result<std::vector<std::string>, Failure>> open(
      boost::asio::any_io_executor reactor, Worker& worker, observe::Log& log);

  /// To be inherited by nats-server, so that the locks live as long as either of us.
  [[nodiscard]] std::vector<int> lock_fds() const { return {lock_.get(), accounts_lock_.get()}; }

  /// Of a store that was opened.
  [[nodiscard]] StoreMemory memory() const;

 private:
  struct Claim {
    os::UniqueFd lock;           ///< none: another server is there
    os::UniqueFd accounts_lock;  ///< of its folder `jetstream`
    std::vector<std::string> warnings;
    std::string open_elsewhere;  ///< a block that a server without a lock writes to
  };

  // On the worker: both block on the disk for as long as it takes to read the streams' folders.
  Result<Claim, Failure> claim();
  [[nodiscard]] Result<os::LockAttempt> lock_accounts() const;
  Result<StoreCheck, Failure> preflight();
  /// What is to be done to a store that the server may open, once both locks are ours.
  Result<void> make_ready(StoreCheck& checked) const;

  const config::Settings& settings_;
  const std::vector<jetstream::StreamSpec>& streams_;
  ServerVersion version_;
  std::string store_dir_;
  std::string run_dir_;
  os::UniqueFd lock_;
  os::UniqueFd accounts_lock_;
  std::optional<jetstream::Wanted> wanted_;  ///< without its copy of the streams
};

}  // namespace unified::app
