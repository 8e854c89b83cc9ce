#pragma once

#include <optional>

#include "supervise/lifecycle.h"

namespace unified::supervise {

/// A server that is kept down because its disk is full. One episode lasts from the first refused
/// write until a server has run with room for a minute.
struct RoomWait {
  TimePoint full_since;
  TimePoint down_since;    ///< when it was last stopped
  int stops = 0;           ///< in this episode
  int starts_on_full = 0;  ///< likewise: without room
};

/// First time, or again after a start on the full disk.
RoomWait stopped_for_room(const std::optional<RoomWait>& before, TimePoint now);

/// Whether to start now. With room: at once; a disk that fills again and again gets a growing rest,
/// up to 30 s. Without: only expiry may free it, and only a running
/// server expires; so a first time 60 s after the disk was full, then 30 s after each such start
/// failed, doubling to 10 minutes. Pure.
bool may_start(const RoomWait& wait, bool has_room, TimePoint now);

/// Whether the episode is over: there is room, and no write was refused for a minute. Pure.
bool is_over(const RoomWait& wait, bool has_room, TimePoint now);

}  // namespace unified::supervise
