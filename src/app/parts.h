#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/result.h"
#include "health/parts.h"
#include "observe/log.h"

namespace unified::app {

/// Starts the parts of ours that the broker can do without, and starts those that failed again and
/// again. What became of each is told to the log once, and to whoever asks. Reactor only.
class Parts {
 public:
  /// One attempt to start a part.
  using Start = std::function<Result<void>()>;
  using SlowStart = std::function<boost::asio::awaitable<Result<void>>()>;

  Parts(boost::asio::any_io_executor reactor, observe::Log& log);

  /// Calls `start` now, and after each failure again (health::next_start_in) until it succeeds. A
  /// second call with that name takes the place of the first. Returns what the first attempt said.
  Result<void> start(const std::string& name, const Start& start);
  /// The same for a start whose outcome comes later; one that throws has failed.
  void start_slowly(const std::string& name, const SlowStart& start);
  /// What a part that looks after itself says: why it does not work, empty when it does.
  void note(const std::string& name, const std::string& why);

  [[nodiscard]] std::vector<health::PartFacts> seen() const;

 private:
  struct Waiting {
    std::function<void()> attempt;
    std::shared_ptr<boost::asio::steady_timer>
        timer;  ///< also tells it from one of that name before
    int failures = 0;
  };
  using Timer = std::shared_ptr<boost::asio::steady_timer>;
  /// A part of that name waits to be started from now on.
  Timer expect(const std::string& name);
  void attempt_slowly(const std::string& name, const Timer& timer, const SlowStart& start);
  void attempted(const std::string& name, const Timer& timer, const Result<void>& outcome);
  void tell(const std::string& name, const std::string& why, std::string_view what_follows);

  boost::asio::any_io_executor reactor_;
  observe::Log& log_;
  health::Parts parts_;
  std::map<std::string, Waiting> waiting_;
};

}  // namespace unified::app
