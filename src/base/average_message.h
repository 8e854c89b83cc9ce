#pragma once

#include <cstdint>

namespace unified {

/// Whether a stream that may hold `most` bytes has no room for one more message as large as its
/// messages are on average.
constexpr bool lacks_room_for_average(std::int64_t messages,
                                      std::int64_t bytes,
                                      std::int64_t most) {
  return bytes + (messages > 0 ? bytes / messages : 0) > most;
}

}  // namespace unified
