#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "app/preparation.h"
#include "app/provisioner.h"
#include "app/remote_server.h"
#include "app/restore_look.h"
#include "app/worker.h"
#include "base/secret.h"
#include "observe/log.h"

namespace unified::app {

/// The store of the server that a sidecar stands beside, where JETSTREAM_STORE_DIR is set: a stream
/// whose folder is there is not made anew. Empty: there is none to look into.
std::string store_to_look_into(const config::Settings& settings);

/// A sidecar's way to the server that somebody else runs: it looks for one of NATS_URL that
/// answers, hands it to the Provisioner as an incarnation, and looks again when the connection is
/// lost. It never gives up, and tells the log what it waits for only when that changes. Reactor
/// only; what blocks runs on a thread of its own.
class RemoteLink {
 public:
  /// The references outlive it.
  struct Parts {
    const Preparation& current;  ///< as of now: a reload replaces it
    Provisioner& provisioner;
    observe::Log& log;
    /// Another server, or none any more: what was measured is history. With its monitoring's
    /// address; empty when that can't be told.
    std::function<void(const std::string& monitor_host, int monitor_port)> on_change;
  };
  RemoteLink(boost::asio::any_io_executor reactor, Parts parts);

  /// Until stop().
  boost::asio::awaitable<void> run();
  void stop();
  /// Gives up the server of now, or the pause of now, and looks anew at once.
  void look_anew(const std::string& why);

  // What the Provisioner saw.
  void connected(std::uint64_t incarnation);
  void lost(std::uint64_t incarnation, const std::string& why);

  /// The Provisioner works on a connection, or has one.
  [[nodiscard]] bool serving() const { return serving_; }
  /// Connected.
  [[nodiscard]] bool up() const { return up_; }
  /// Why it is not up, without secrets.
  [[nodiscard]] const std::string& why_not() const { return why_; }
  /// The server we are connected to, or were last; nothing before the first one.
  [[nodiscard]] const std::optional<FoundServer>& server() const { return server_; }
  /// Connections begun so far.
  [[nodiscard]] std::uint64_t incarnation() const { return incarnation_; }
  /// What the Provisioner is to do there with the settings of now.
  [[nodiscard]] ProvisionOptions options() const;
  /// NATS_URL without credentials.
  [[nodiscard]] std::string where() const;

 private:
  struct Attempt {
    std::string failure;
    bool answered = false;  ///< the server was there
    bool held = false;      ///< for long enough that it is no attempt
  };
  boost::asio::awaitable<Attempt> try_all();
  boost::asio::awaitable<Attempt> stay_with(Secret url);
  boost::asio::awaitable<Attempt> stay_connected();
  boost::asio::awaitable<void> pause(std::chrono::nanoseconds duration);
  void wait_for(const std::string& why);
  /// Of the server we are connected to.
  [[nodiscard]] GetMonitorPage monitor() const;

  boost::asio::any_io_executor reactor_;
  Parts parts_;
  Worker finder_;                   ///< may hang on a resolver: nobody else's
  boost::asio::steady_timer wake_;  ///< cancelled to end a pause early
  std::optional<FoundServer> server_;
  std::uint64_t incarnation_ = 0;
  std::uint64_t asked_anew_ = 0;  ///< how often: what was begun before is dropped
  bool stopped_ = false;
  bool serving_ = false;  ///< the Provisioner has incarnation_
  bool up_ = false;
  bool was_up_ = false;  ///< the incarnation that just ended
  std::string why_ = "not tried yet";
  std::string told_;
};

}  // namespace unified::app
