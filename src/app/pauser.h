#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/system_timer.hpp>

#include "api/control_server.h"
#include "app/provisioner.h"
#include "app/worker.h"
#include "jetstream/pauses.h"
#include "observe/log.h"

namespace unified::app {

/// `pause` and `resume`: declared streams that nothing of ours touches for a while, kept in a file.
/// Lives on the reactor; files are the worker's.
class Pauser {
 public:
  /// The references outlive it.
  struct Parts {
    boost::asio::any_io_executor reactor;
    Worker& worker;
    Provisioner& provisioner;
    observe::Log& log;
    std::string file;
  };
  explicit Pauser(Parts parts);

  /// Tells the log what is paused from the life before, and waits for its end.
  void start();
  /// Its file may have been removed: what is paused is written again, before anything that the
  /// worker is given after this call.
  void write_again();
  /// POST /pause `{"stream","for_seconds","reason"}`, POST /resume `{"stream"}`. The answer comes
  /// when it is on the disk and nothing that was under way touches the stream any more.
  std::vector<api::Route> routes();

 private:
  using Change = std::function<void(jetstream::Pauses& pauses)>;
  /// What was kept before and what is kept now.
  struct Changed {
    jetstream::Pauses before;
    jetstream::Pauses now;
  };

  boost::asio::awaitable<api::Response> pause(api::Request request);
  boost::asio::awaitable<api::Response> resume(api::Request request);
  boost::asio::awaitable<Result<Changed>> change(Change change);
  boost::asio::awaitable<void> tell_at_start();
  boost::asio::awaitable<void> end_what_is_over();
  void read_again();
  void wait_for_the_next_end(const jetstream::Pauses& pauses);
  [[nodiscard]] bool is_declared(const std::string& stream) const;

  Parts parts_;
  std::string fault_;              ///< why the file could not be read at the start
  boost::asio::system_timer end_;  ///< follows the clock when that is set
};

}  // namespace unified::app
