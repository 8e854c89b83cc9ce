#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include "app/line_splitter.h"
#include "os/unique_fd.h"

namespace unified::app {

/// Reads one incarnation's pipe (its stdout and stderr) into lines, on the reactor.
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
  /// One read without waiting; false at the end of the pipe.
  bool take_available();

  boost::asio::posix::stream_descriptor pipe_;
  LineSink sink_;
  LineSplitter lines_;
  std::array<char, std::size_t{64} * 1024> buffer_{};
};

}  // namespace unified::app
