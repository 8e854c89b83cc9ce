#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "app/black_box.h"
#include "app/prober.h"
#include "app/provisioner.h"
#include "app/supervisor.h"
#include "app/trial_thread.h"
#include "health/dead_streams.h"
#include "health/store_trial.h"
#include "observe/log.h"

namespace unified::app {

/// Whether the store's file system takes writes, by small synced writes of our own: once a minute,
/// and when nats-server says that one of its own failed. While it refuses them nothing is ready and
/// nats-server stays up for its readers. A stream that nats-server has given up (2.15) is tried in
/// its own folder; nats-server is started anew only when that takes writes and nats-server still
/// does not. A full disk is DiskWatch's. Reactor only; what blocks runs on threads of its own,
/// which may hang for ever.
class StoreWatch {
 public:
  struct Options {
    std::string store_dir;
    std::chrono::nanoseconds quiet_period{};  ///< between trials while nothing is wrong
    std::string monitor_host;
    int monitor_port = 0;
  };
  /// They outlive the watch.
  struct Parts {
    boost::asio::any_io_executor reactor;
    Supervisor& supervisor;
    Provisioner& provisioner;
    BlackBox& black_box;
    observe::Log& log;
  };

  StoreWatch(Parts parts, Options options);

  void spawned();
  void server_ready();
  void server_line(std::string_view line);
  void measured(const Probes& probes) { jetstream_silent_ = probes.jetstream.silent; }

  /// Why nothing that is published now is kept on disk, or nothing of a declared stream: a trial of
  /// ours failed, or nats-server has given the stream up. Empty: neither.
  [[nodiscard]] std::string refusal() const;
  /// Likewise of a stream that is not declared; or what nats-server said of a failed write within
  /// the last minute, though our trials succeed. Empty: nothing.
  [[nodiscard]] std::string complaint() const;
  /// Why it is not known whether the store takes writes. Empty: it is known.
  [[nodiscard]] const std::string& doubt() const { return trials_.doubt; }

 private:
  using Streams = std::set<std::string>;

  boost::asio::awaitable<void> watch();
  boost::asio::awaitable<void> try_once();
  boost::asio::awaitable<health::TrialOutcome> try_store(std::int64_t offset);
  boost::asio::awaitable<void> look_after_dead_streams(std::int64_t offset);
  /// Why a new start of nats-server might lose files of a declared stream; empty: it would not.
  boost::asio::awaitable<std::string> doubt_of_files();
  boost::asio::awaitable<std::vector<health::FolderTrial>> try_folders(std::int64_t offset);
  boost::asio::awaitable<std::optional<Streams>> ask_server() const;
  void tell(health::TrialStep step);
  void tell_dead_streams();
  void start_anew();
  /// Returns why this incarnation must not be started anew: `files` (doubt_of_files()), or a
  /// migration, a restore or a pause that the start would cut off. Empty: it may be.
  [[nodiscard]] std::string obstacle(const std::string& files) const;
  [[nodiscard]] Streams declared() const;
  [[nodiscard]] bool runs_still(std::uint64_t incarnation) const;
  [[nodiscard]] std::chrono::steady_clock::time_point due() const;

  Parts parts_;
  Options options_;
  TrialThread disk_;
  TrialThread folders_;  ///< one stream's folder may be on a disk of its own
  boost::asio::steady_timer wake_;
  health::StoreTrials trials_;
  health::DeadStreams dead_;
  std::string told_;  ///< of the dead streams, last
  bool jetstream_silent_ = false;
  bool watching_ = false;
};

}  // namespace unified::app
