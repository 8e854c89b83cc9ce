#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <set>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "app/worker.h"
#include "jetstream/made_object.h"
#include "observe/log.h"

namespace unified::app {

/// Gets what we made in our own store onto the disk, so that a power loss does not lose a stream
/// with all that was acknowledged in it (os/stream_sync.h). What comes together is synced together;
/// what fails is told, with the path and the error, and tried again. Lives on the reactor; a disk
/// that hangs holds up a worker of its own, which is left behind at the end.
class MetaSync {
 public:
  /// `store_dir`: of the nats-server that we run.
  MetaSync(boost::asio::any_io_executor reactor, observe::Log& log, std::string store_dir);

  /// A stream or a consumer was made or changed.
  void made(const jetstream::MadeObject& object);

  /// Ends when all that was made before is on the disk, or after `patience`: it goes on then, and
  /// says when it could not.
  boost::asio::awaitable<void> settled(std::chrono::milliseconds patience);

  /// Blocks until what is under way is done, at most `patience`: for the end of the process.
  void drain(std::chrono::milliseconds patience);

 private:
  using Objects = std::set<jetstream::MadeObject>;

  boost::asio::awaitable<void> run();
  void tell(const Objects& failed, const std::string& why);

  boost::asio::any_io_executor reactor_;
  observe::Log& log_;
  std::string store_dir_;
  Worker disk_;
  Objects waiting_;
  boost::asio::steady_timer settled_;  ///< cancelled when nothing waits any more
  bool running_ = false;
  std::string told_;  ///< so that a disk which stays broken is told of once
};

}  // namespace unified::app
