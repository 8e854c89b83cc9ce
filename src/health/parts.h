#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "health/snapshot.h"

namespace unified::health {

/// The parts of ours beside nats-server (a port, a receiver, a folder, a watch), by name, and
/// whether each works. None of them ever keeps nats-server from running or from being ready.
class Parts {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  /// What became of a part at `now`; `why` is empty when it works. True: that is news.
  bool note(const std::string& name, const std::string& why, TimePoint now);
  /// By name, with how long each has been so.
  [[nodiscard]] std::vector<PartFacts> seen(TimePoint now) const;

 private:
  struct Known {
    std::string why;
    TimePoint since;
  };
  std::map<std::string, Known> known_;
};

/// How long to wait before a part is started again that failed so many times in a row: 1 s,
/// doubling to a minute. Pure.
std::chrono::seconds next_start_in(int failures);

/// "RELOAD_ON_CHANGE does not work: too many open files (for 5 min)". Pure.
std::string sentence(const PartFacts& part);

}  // namespace unified::health
