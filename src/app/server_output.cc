#include "app/server_output.h"

#include <utility>

#include <boost/asio/buffer.hpp>

namespace unified::app {
namespace {

/// At an exit at most this much is read at once: a stranger that keeps writing to the pipe can't
/// hold us.
constexpr std::size_t kLastBytes = std::size_t{2} * 1024 * 1024;

}  // namespace

ServerOutput::ServerOutput(const boost::asio::any_io_executor& reactor,
                           os::UniqueFd read_end,
                           LineSink sink)
    : pipe_(reactor, read_end.release()),
      sink_(std::move(sink)) {
  pipe_.non_blocking(true);
}

void ServerOutput::start() {
  read_some();
}

void ServerOutput::read_some() {
  // Wait, then read: a read under way would take bytes that finish() could not see.
  pipe_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                   [self = shared_from_this()](const boost::system::error_code& error) {
                     if (!error && self->pipe_.is_open() && self->take_available())
                       self->read_some();
                   });
}

bool ServerOutput::take_available() {
  boost::system::error_code error;
  const std::size_t count = pipe_.read_some(boost::asio::buffer(buffer_), error);
  if (!error)
    lines_.feed({buffer_.data(), count}, sink_);
  return !error || error == boost::asio::error::would_block;
}

void ServerOutput::finish() {
  if (!pipe_.is_open())
    return;
  pipe_.cancel();
  boost::system::error_code error;
  for (std::size_t total = 0; total < kLastBytes && !error;) {
    const std::size_t count = pipe_.read_some(boost::asio::buffer(buffer_), error);
    if (!error)
      lines_.feed({buffer_.data(), count}, sink_);
    total += count;
  }
  lines_.finish(sink_);
  pipe_.close(error);
}

}  // namespace unified::app
