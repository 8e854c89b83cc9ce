#pragma once

#include <functional>
#include <memory>

#include <boost/asio/any_io_executor.hpp>

#include "base/result.h"
#include "observe/log.h"
#include "os/signals.h"

namespace unified::app {

/// Hands every signal but those of faults to `take`, on the reactor. All must be blocked already
/// (os::block_all_signals). An exception of `take` is logged, and the next signal is taken. Ends
/// with its owner.
class SignalWatch {
 public:
  using Take = std::function<void(const os::ReceivedSignal&)>;

  virtual ~SignalWatch() = default;
  static Result<std::unique_ptr<SignalWatch>> start(const boost::asio::any_io_executor& reactor,
                                                    observe::Log& log,
                                                    Take take);
};

}  // namespace unified::app
