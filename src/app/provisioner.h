#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "app/jetstream_session.h"
#include "app/streams_view.h"
#include "app/trouble_log.h"
#include "app/worker.h"
#include "base/server_version.h"
#include "health/snapshot.h"
#include "observe/log.h"

namespace unified::app {

struct ProvisionOptions {
  nats::ConnectOptions connect;
  bool jetstream_enabled = true;
  std::vector<jetstream::StreamSpec> desired;
  jetstream::Allowed allowed;
  ServerVersion version;
  bool clustered = false;
  std::string store_dir;
  std::chrono::nanoseconds init_timeout{};
  std::chrono::nanoseconds reconcile_interval{};  ///< 0: only at start
};

/// From "the server says it is ready" to "every declared subject is bound", for every incarnation,
/// and after that: drift. Lives on the reactor; what blocks runs on the worker.
class Provisioner {
 public:
  struct Events {
    std::function<void(std::uint64_t incarnation)> on_server_ready;
    std::function<void()>
        on_provisioned;  ///< every declared subject is bound, in each incarnation once
  };

  Provisioner(boost::asio::any_io_executor reactor,
              Worker& worker,
              ProvisionOptions options,
              observe::Log& log,
              Events events);

  // What the supervisor saw.
  void spawned(std::uint64_t incarnation);
  void server_line(std::uint64_t incarnation, std::string_view line);
  void exited(std::uint64_t incarnation);
  void stop();

  /// One JetStream round trip that also checks that the declared streams are still there; at most
  /// `patience`.
  boost::asio::awaitable<health::Probe> round_trip(std::chrono::milliseconds patience);
  /// Reads the streams anew (nothing is changed), so that view() is of now; at most `patience`.
  boost::asio::awaitable<bool> refresh(std::chrono::milliseconds patience);

  [[nodiscard]] const StreamsView& view() const { return view_; }
  [[nodiscard]] const health::Probe& connection() const { return connection_; }
  [[nodiscard]] const std::vector<jetstream::StreamSpec>& desired() const {
    return options_.desired;
  }

 private:
  boost::asio::awaitable<void> serve(std::uint64_t incarnation);
  boost::asio::awaitable<void> serve_to_the_end(std::uint64_t incarnation);
  boost::asio::awaitable<bool> connect(std::uint64_t incarnation);
  boost::asio::awaitable<void> provision(std::uint64_t incarnation);
  boost::asio::awaitable<void> keep(std::uint64_t incarnation);
  boost::asio::awaitable<std::optional<jetstream::ReconcileReport>> reconcile(
      jetstream::ReconcileMode mode, std::chrono::milliseconds patience);
  boost::asio::awaitable<void> pause(std::chrono::nanoseconds duration);
  void take(const jetstream::ReconcileReport& report);
  void tell(const jetstream::ReconcileReport& report);
  void connection_changed(bool connected, const std::string& why);
  void advisory(const std::string& subject);
  [[nodiscard]] bool current(std::uint64_t incarnation) const {
    return incarnation_ == incarnation && !stopping_;
  }

  boost::asio::any_io_executor reactor_;
  Worker& worker_;
  ProvisionOptions options_;
  observe::Log& log_;
  Events events_;
  std::shared_ptr<JetStreamSession> session_;
  boost::asio::steady_timer wake_;  ///< cancelled to end a pause early
  std::uint64_t incarnation_ = 0;   ///< 0: no server
  bool server_said_ready_ = false;
  bool stopping_ = false;
  std::shared_ptr<std::atomic<std::uint64_t>> running_ =
      std::make_shared<std::atomic<std::uint64_t>>(0);  ///< incarnation_ for the worker's eyes
  bool connection_closed_ = false;                      ///< for good: nats.c gave it up
  bool look_again_ = false;                             ///< an advisory told of a change
  TroubleLog trouble_;
  StreamsView view_;
  health::Probe connection_{false, "not connected yet", {}};
  std::string last_told_;
};

}  // namespace unified::app
