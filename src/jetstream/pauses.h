#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace unified::jetstream {

// Streams that somebody asked us to leave alone for a while (`pause`, `resume`). All of it is pure.

/// A pause lasts no longer than this; it can be asked for again.
inline constexpr std::chrono::hours kLongestPause{24 * 7};

struct Pause {
  std::int64_t since_unix_ns = 0;
  std::int64_t until_unix_ns = 0;  ///< by the system's clock, as it is told
  std::string reason;              ///< in somebody's words; empty: none was given
};

/// By stream.
using Pauses = std::map<std::string, Pause>;

/// How they are kept: JSON, a line at the end.
std::string to_json_text(const Pauses& pauses);
/// What to_json_text() wrote. Anything else is an error: it may be about any stream.
Result<Pauses> parse_pauses(std::string_view text);

/// "is paused until 2026-11-30T15:00:00Z: disk is replaced"
std::string describe(const Pause& pause);

/// Forgets those that are over; their names.
std::vector<std::string> drop_ended(Pauses& pauses, std::int64_t now_unix_ns);

/// When the next one is over; nothing: none is.
std::optional<std::int64_t> next_end(const Pauses& pauses);

}  // namespace unified::jetstream
