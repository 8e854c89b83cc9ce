#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "app/provisioner.h"
#include "health/snapshot.h"

namespace unified::app {

struct Probes {
  health::Probe http;
  health::Probe jetstream;
};

/// Fresh measurements of the running server, shared by all who ask at the same time: an answer is
/// at most one second old and comes within five.
class Prober {
 public:
  Prober(boost::asio::any_io_executor reactor,
         Provisioner& provisioner,
         std::string monitor_host,
         int monitor_port,
         bool jetstream);

  boost::asio::awaitable<Probes> fresh();
  /// What was measured belongs to a server that is gone.
  void forget();

 private:
  boost::asio::awaitable<void> measure(std::uint64_t epoch);
  boost::asio::awaitable<void> take(std::uint64_t epoch);

  boost::asio::any_io_executor reactor_;
  Provisioner& provisioner_;
  std::string monitor_host_;
  int monitor_port_;
  bool jetstream_;
  bool measuring_ = false;
  std::uint64_t epoch_ = 0;
  std::chrono::steady_clock::time_point taken_at_;
  bool valid_ = false;
  Probes last_;
  std::shared_ptr<boost::asio::steady_timer>
      done_;  ///< cancelled when the running measurement is over
};

}  // namespace unified::app
