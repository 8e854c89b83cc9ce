#include "supervise/room_wait.h"

#include <algorithm>

namespace unified::supervise {
namespace {

constexpr std::chrono::seconds kPatience{60};
constexpr std::chrono::seconds kFirstDelay{30};
constexpr std::chrono::minutes kLongestDelay{10};
constexpr std::chrono::seconds kFirstRest{1};
constexpr std::chrono::seconds kLongestRest{30};
constexpr int kMostDoublings = 5;  // both go beyond their longest with it

/// `first`, doubled with each of `times` after the first one; 0 before that.
Duration doubled(Duration first, int times, Duration longest) {
  if (times <= 0)
    return {};
  return std::min(first * (1 << std::min(times - 1, kMostDoublings)), longest);
}

}  // namespace

RoomWait stopped_for_room(const std::optional<RoomWait>& before, TimePoint now) {
  RoomWait wait = before.value_or(RoomWait{.full_since = now, .down_since = now});
  wait.down_since = now;
  ++wait.stops;
  return wait;
}

bool may_start(const RoomWait& wait, bool has_room, TimePoint now) {
  const Duration down = now - wait.down_since;
  if (has_room)
    return down >= doubled(kFirstRest, wait.stops - wait.starts_on_full - 1, kLongestRest);
  if (wait.starts_on_full == 0)
    return down >= kPatience;
  return down >= doubled(kFirstDelay, wait.starts_on_full, kLongestDelay);
}

bool is_over(const RoomWait& wait, bool has_room, TimePoint now) {
  return has_room && now - wait.down_since >= kPatience;
}

}  // namespace unified::supervise
