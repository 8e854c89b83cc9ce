#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "app/failure.h"

namespace unified::app {

/// How a start goes on after a step has failed in a way that may pass: it tries again every
/// kStartRetry until INIT_TIMEOUT is over. Pure.
class StartPatience {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::milliseconds kStartRetry{250};

  StartPatience(TimePoint begun, std::chrono::nanoseconds init_timeout)
      : begun_(begun),
        init_timeout_(init_timeout) {}

  /// The step has failed, for `why`, at `now`. Nothing: try again. Else how the start ends: with 78
  /// when it can't pass, with 75 when the time is over.
  [[nodiscard]] std::optional<Failure> failed(const std::string& why,
                                              bool may_pass,
                                              TimePoint now) const;
  /// The line that says what is waited for; empty when it was told for that reason already.
  [[nodiscard]] std::string line_to_tell(const std::string& why);

 private:
  TimePoint begun_;
  std::chrono::nanoseconds init_timeout_;
  std::string told_;
};

}  // namespace unified::app
