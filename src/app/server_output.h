#pragma once

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "app/line_splitter.h"
#include "os/unique_fd.h"

namespace unified::app {

/// Reads one incarnation's pipe (its stdout and stderr) into lines, on the reactor. A flood
/// (NATS_TRACE at full load) is read every millisecond instead of line by line: else each line
/// would wake us, at nats-server's cost.
class ServerOutput : public std::enable_shared_from_this<ServerOutput> {
 public:
  using LineSink = std::function<void(std::string_view line)>;

  ServerOutput(const boost::asio::any_io_executor& reactor, os::UniqueFd read_end, LineSink sink);

  void start();
  /// The child is gone: takes what is still in the pipe, without waiting for others that may hold
  /// it open, and ends.
  void finish();

 private:
  void read_some();
  /// After a wait.
  void go_on();
  /// What is there, without waiting; false at the end of the pipe.
  bool take_available();
  /// Whether reads come so fast that they had better be rare.
  bool is_flood();
  void rest();
  /// False: the reactor can't take it back yet.
  bool end_rest();

  boost::asio::posix::stream_descriptor pipe_;
  boost::asio::steady_timer pause_;
  os::UniqueFd resting_;  ///< the pipe while nothing is read from it
  std::chrono::steady_clock::time_point last_read_;
  int reads_in_a_row_ = 0;
  LineSink sink_;
  LineSplitter lines_;
  std::array<char, std::size_t{64} * 1024> buffer_{};
};

}  // namespace unified::app
