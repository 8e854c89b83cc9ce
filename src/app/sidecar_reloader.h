#pragma once

#include <functional>
#include <memory>
#include <optional>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "app/failure.h"
#include "app/preparation.h"
#include "app/provisioner.h"
#include "app/reloader.h"
#include "app/remote_link.h"
#include "app/worker.h"
#include "observe/log.h"

namespace unified::app {

/// Reads the configuration anew, as a start would: of a sidecar, or of a broker if it says so now.
/// Blocks.
using ReadSidecarAgain = std::function<Result<Preparation, Failure>()>;

/// `reload` and HUP of a sidecar: read, validate, compare, and let the streams be reconciled; no
/// signal to anybody. On the reactor; what blocks runs on a thread of its own.
class SidecarReloader {
 public:
  /// The references outlive it.
  struct Parts {
    Preparation& current;  ///< replaced by what was applied
    RemoteLink& link;
    Provisioner& provisioner;
    observe::Log& log;
    ReadSidecarAgain read_again;
    std::function<void()> on_read;  ///< after each reload; `current` is the one in force
  };
  SidecarReloader(boost::asio::any_io_executor reactor, Parts parts);

  /// One after the other, in whatever way they are asked for; told to the log.
  boost::asio::awaitable<ReloadOutcome> reload();
  /// reload() that nobody waits for; many at once become two.
  void hang_up();
  /// Whether what a start would read now is valid. Nothing = it is.
  boost::asio::awaitable<std::optional<Failure>> find_fault();

 private:
  using Found = Result<Preparation, Failure>;
  boost::asio::awaitable<void> reload_while_wanted();
  boost::asio::awaitable<ReloadOutcome> reload_now();
  boost::asio::awaitable<Found> read();
  boost::asio::awaitable<ReloadOutcome> apply(Preparation next);

  boost::asio::any_io_executor reactor_;
  Parts parts_;
  Worker reader_;
  boost::asio::steady_timer over_;  ///< cancelled when a reload is over
  bool busy_ = false;
  bool wanted_ = false;
  bool running_ = false;
};

}  // namespace unified::app
