#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "app/provisioner.h"
#include "app/worker.h"
#include "health/disk_trend.h"
#include "health/snapshot.h"

namespace unified::app {

struct Probes {
  bool measured = false;  ///< else the rest says why not
  health::Probe http;
  health::Probe jetstream;
  health::Probe store{.ok = true, .message = {}, .took = {}};
  std::optional<health::DiskFacts> disk;
};

/// What is measured of the server, and who hears of it.
struct ProbeTarget {
  std::string monitor_host;
  int monitor_port = 0;
  std::chrono::milliseconds monitor_patience{5000};
  bool jetstream = true;
  std::string store_dir;       ///< empty: out of our sight
  std::int64_t max_file = -1;  ///< JETSTREAM_MAX_FILE
  /// Told of every measurement that still counts; on the reactor.
  std::function<void(const Probes&)> on_measured;
};

/// Nothing was measured, and why.
Probes unmeasured(const std::string& why);

/// Fresh measurements of the running server, shared by all who ask at the same time: an answer is
/// at most one second old and comes within five, or within ten when everything is forgotten
/// meanwhile.
class Prober {
 public:
  Prober(boost::asio::any_io_executor reactor, Provisioner& provisioner, ProbeTarget target);

  boost::asio::awaitable<Probes> fresh();
  /// What was measured belongs to a server that is gone.
  void forget();
  /// Where the monitoring of the server is that is measured from now on; forgets.
  void aim(std::string monitor_host, int monitor_port);

 private:
  [[nodiscard]] bool is_fresh() const;
  void begin_measuring();
  boost::asio::awaitable<void> measure(std::uint64_t epoch);
  boost::asio::awaitable<void> take(std::uint64_t epoch);
  /// Nothing: there is no store in our sight.
  boost::asio::awaitable<Result<std::optional<health::DiskFacts>>> look_at_disk();
  health::DiskFacts with_forecast(health::DiskFacts seen);

  boost::asio::any_io_executor reactor_;
  Provisioner& provisioner_;
  ProbeTarget target_;
  Worker disk_;  ///< of its own: a disk that hangs must not pass for a JetStream that is silent
  std::shared_ptr<std::atomic<bool>> looking_ = std::make_shared<std::atomic<bool>>(false);
  health::DiskTrend trend_;
  bool measuring_ = false;
  std::uint64_t epoch_ = 0;
  std::chrono::steady_clock::time_point taken_at_;
  bool valid_ = false;
  Probes last_;
  std::shared_ptr<boost::asio::steady_timer>
      done_;  ///< cancelled when the running measurement is over
};

}  // namespace unified::app
