#include "app/server_output.h"

#include <utility>

#include <boost/asio/buffer.hpp>

namespace unified::app {
namespace {

/// At an exit at most this much is read at once: a stranger that keeps writing to the pipe can't
/// hold us.
constexpr std::size_t kLastBytes = std::size_t{2} * 1024 * 1024;
/// Holds what a tracing server says in a few rests.
constexpr std::size_t kAtOnceBytes = std::size_t{256} * 1024;

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kRest{1};
/// So many reads, each so soon after the one before, are a flood; a start has fewer.
constexpr int kFloodReads = 64;
constexpr std::chrono::milliseconds kSoon{5};

}  // namespace

ServerOutput::ServerOutput(const boost::asio::any_io_executor& reactor,
                           os::UniqueFd read_end,
                           LineSink sink)
    : pipe_(reactor),
      pause_(reactor),
      sink_(std::move(sink)) {
  pipe_.assign(read_end.release());
  pipe_.non_blocking(true);
}

void ServerOutput::start() {
  read_some();
}

void ServerOutput::read_some() {
  // Wait, then read: a read under way would take bytes that finish() could not see.
  pipe_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                   [self = shared_from_this()](const boost::system::error_code& error) {
                     if (!error && self->pipe_.is_open())
                       self->go_on();
                   });
}

void ServerOutput::go_on() {
  if (!take_available())
    return;
  if (is_flood())
    rest();
  else
    read_some();
}

bool ServerOutput::take_available() {
  boost::system::error_code error;
  std::size_t count = buffer_.size();
  for (std::size_t total = 0; !error && count == buffer_.size() && total < kAtOnceBytes;
       total += count) {
    count = pipe_.read_some(boost::asio::buffer(buffer_), error);
    if (!error)
      lines_.feed({buffer_.data(), count}, sink_);
  }
  return !error || error == boost::asio::error::would_block;
}

bool ServerOutput::is_flood() {
  const Clock::time_point now = Clock::now();
  reads_in_a_row_ = now - last_read_ < kSoon ? reads_in_a_row_ + 1 : 0;
  last_read_ = now;
  return reads_in_a_row_ > kFloodReads;
}

void ServerOutput::rest() {
  // Out of the reactor, which would wake for every line, wanted or not.
  if (!resting_)
    resting_.reset(pipe_.release());
  pause_.expires_after(kRest);
  pause_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
    if (error || !self->resting_)
      return;  // finish() came first
    if (self->end_rest())
      self->read_some();
    else
      self->rest();
  });
}

bool ServerOutput::end_rest() {
  if (!resting_)
    return true;
  boost::system::error_code error;
  pipe_.assign(resting_.get(), error);
  if (error)
    return false;
  (void)resting_.release();
  pipe_.non_blocking(true, error);
  return true;
}

void ServerOutput::finish() {
  pause_.cancel();
  if (!end_rest() || !pipe_.is_open())
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
