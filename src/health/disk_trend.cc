#include "health/disk_trend.h"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace unified::health {
namespace {

constexpr std::size_t kMostSamples = 64;
constexpr std::chrono::minutes kSpacing{1};
constexpr std::chrono::minutes kLeastSpan{10};
constexpr std::size_t kLeastSamples = 6;

struct Point {
  double seconds = 0;
  double free = 0;
};

/// Per second; 0 for fewer than two points.
double median_slope(const std::vector<Point>& points) {
  std::vector<double> slopes;
  slopes.reserve(points.size() * points.size() / 2);
  for (std::size_t i = 0; i < points.size(); ++i)
    for (std::size_t j = i + 1; j < points.size(); ++j)
      slopes.push_back((points[j].free - points[i].free) / (points[j].seconds - points[i].seconds));
  if (slopes.empty())
    return 0;
  const auto middle = slopes.begin() + static_cast<std::ptrdiff_t>(slopes.size() / 2);
  std::ranges::nth_element(slopes, middle);
  return *middle;
}

std::optional<std::chrono::seconds> gone_in(const std::vector<Point>& points) {
  const auto middle = points.begin() + static_cast<std::ptrdiff_t>(points.size() / 2);
  const bool shrinks =
      median_slope({points.begin(), middle}) < 0 && median_slope({middle, points.end()}) < 0;
  const double slope = median_slope(points);
  if (!shrinks || slope >= 0)
    return std::nullopt;
  const double left = points.back().free / -slope;
  if (left > std::chrono::duration<double>{kForecastHorizon}.count())
    return std::nullopt;
  return std::chrono::seconds{static_cast<std::int64_t>(left)};
}

std::vector<Point> points_of(const std::deque<DiskSample>& samples,
                             std::int64_t DiskSample::* amount) {
  std::vector<Point> points;
  for (const DiskSample& sample : samples) {
    const double at = std::chrono::duration<double>{sample.at - samples.front().at}.count();
    if (points.empty() || at > points.back().seconds)
      points.push_back({at, static_cast<double>(sample.*amount)});
  }
  return points;
}

}  // namespace

DiskForecast forecast(const std::deque<DiskSample>& samples) {
  if (samples.size() < kLeastSamples || samples.back().at - samples.front().at < kLeastSpan)
    return {};
  DiskForecast found;
  found.bytes_gone_in = gone_in(points_of(samples, &DiskSample::free_bytes));
  const bool counts_inodes = std::ranges::all_of(
      samples, [](const DiskSample& sample) { return sample.free_inodes >= 0; });
  if (counts_inodes)
    found.inodes_gone_in = gone_in(points_of(samples, &DiskSample::free_inodes));
  return found;
}

void DiskTrend::add(TimePoint now, const DiskFacts& facts) {
  newest_ = DiskSample{now, facts.free_bytes, facts.free_inodes};
  if (!samples_.empty() && now - samples_.back().at < kSpacing)
    return;
  samples_.push_back(*newest_);
  if (samples_.size() > kMostSamples)
    samples_.pop_front();
}

DiskForecast DiskTrend::forecast() const {
  std::deque<DiskSample> samples = samples_;
  if (newest_ && !samples.empty() && newest_->at > samples.back().at)
    samples.push_back(*newest_);
  return health::forecast(samples);
}

}  // namespace unified::health
