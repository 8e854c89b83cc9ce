#include "supervise/backoff.h"

#include <algorithm>
#include <cmath>

namespace unified::supervise {
namespace {

constexpr std::chrono::milliseconds kInitial{500};
constexpr std::chrono::seconds kLongest{30};
constexpr double kJitter = 0.1;

}  // namespace

std::chrono::nanoseconds backoff_delay(int attempt, double jitter) {
  std::chrono::nanoseconds delay = kInitial;
  for (int i = 0; i < attempt && delay < kLongest; ++i)
    delay *= 2;
  delay = std::min<std::chrono::nanoseconds>(delay, kLongest);
  const double part = std::isfinite(jitter) ? std::clamp(jitter, -1.0, 1.0) : 0.0;
  const double shift = static_cast<double>(delay.count()) * kJitter * part;
  return delay + std::chrono::nanoseconds{std::llround(shift)};
}

}  // namespace unified::supervise
