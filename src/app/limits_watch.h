#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "health/limits.h"
#include "health/snapshot.h"

namespace unified::app {

/// How far the server and its streams are from their limits, as of the last look. Reactor only.
class LimitsWatch {
 public:
  /// Reads /varz, at most for 2 s, and judges it beside the streams as they were listed last.
  /// Without an answer what was seen of the server last stands.
  boost::asio::awaitable<void> look(std::string monitor_host,
                                    int monitor_port,
                                    const std::vector<health::StreamFacts>& streams);
  /// Drops what was seen, and what a look that is under way will see: both are of a server that has
  /// ended.
  void forget() {
    ++epoch_;
    of_server_.clear();
    limits_ = {};
    seen_.clear();
  }
  [[nodiscard]] const std::vector<health::LimitFacts>& seen() const { return seen_; }

 private:
  std::uint64_t epoch_ = 0;
  std::vector<health::LimitUse> of_server_;
  health::Limits limits_;
  std::vector<health::LimitFacts> seen_;
};

}  // namespace unified::app
