#include "app/signal_watch.h"

#include <exception>
#include <utility>

#include <boost/asio/posix/stream_descriptor.hpp>

namespace unified::app {
namespace {

namespace asio = boost::asio;

class SignalFdWatch final : public SignalWatch {
 public:
  SignalFdWatch(const asio::any_io_executor& reactor,
                os::UniqueFd descriptor,
                observe::Log& log,
                Take take)
      : descriptor_(reactor, descriptor.release()),
        log_(log),
        take_(std::move(take)) {
    wait();
  }

 private:
  void wait() {
    descriptor_.async_wait(asio::posix::stream_descriptor::wait_read,
                           [this](const boost::system::error_code& error) {
                             if (error)
                               return;
                             wait();  // first: whatever happens below, the next signal is taken
                             take_all();
                           });
  }

  void take_all() {
    while (const auto received = os::read_signal(descriptor_.native_handle())) {
      try {
        take_(*received);
      } catch (const std::exception& failure) {
        log_.error("internal error while taking {}, going on: {}",
                   os::signal_name(received->signal), failure.what());
      }
    }
  }

  asio::posix::stream_descriptor descriptor_;
  observe::Log& log_;
  Take take_;
};

}  // namespace

Result<std::unique_ptr<SignalWatch>> SignalWatch::start(const asio::any_io_executor& reactor,
                                                        observe::Log& log,
                                                        Take take) {
  auto descriptor = os::make_signal_fd(os::all_but_fault_signals());
  if (!descriptor)
    return descriptor.error();
  return std::unique_ptr<SignalWatch>(
      std::make_unique<SignalFdWatch>(reactor, *std::move(descriptor), log, std::move(take)));
}

}  // namespace unified::app
