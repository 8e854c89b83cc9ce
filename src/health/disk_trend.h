#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>

#include "health/snapshot.h"

namespace unified::health {

using TimePoint = std::chrono::steady_clock::time_point;

/// What was free at one moment.
struct DiskSample {
  TimePoint at;
  std::int64_t free_bytes = 0;
  std::int64_t free_inodes = -1;  ///< negative: not counted
};

/// When nothing will be free any more, if it goes on as it did.
struct DiskForecast {
  std::optional<std::chrono::seconds> bytes_gone_in;
  std::optional<std::chrono::seconds> inodes_gone_in;
};

/// Further ahead nothing is foretold: the load of a day repeats itself, and the limits of the
/// streams come first.
inline constexpr std::chrono::hours kForecastHorizon{48};

/// By the median slope between all pairs of samples (Theil and Sen), so that the blocks that
/// expiry frees now and then don't hide the trend, nor one burst make one. Nothing unless the
/// samples span at least ten minutes and both halves of them shrink. Oldest first. Pure.
DiskForecast forecast(const std::deque<DiskSample>& samples);

/// The samples of the last hour or so, at most one a minute.
class DiskTrend {
 public:
  /// Taken as a sample if the last one is a minute old; the forecast always is of `facts`.
  void add(TimePoint now, const DiskFacts& facts);
  [[nodiscard]] DiskForecast forecast() const;

 private:
  std::deque<DiskSample> samples_;
  std::optional<DiskSample> newest_;
};

}  // namespace unified::health
