#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace unified::jetstream {

inline constexpr std::int64_t kSecondNs = 1'000'000'000;

/// Nanoseconds since the epoch of "2026-11-21T03:15:13.145678694Z" or with a "+02:00" offset;
/// nothing for other text and for the zero time that the server sends when there is no message.
std::optional<std::int64_t> parse_rfc3339(std::string_view text);

/// Go's zero time, which servers and tools write where there is none: natscli prints it as the
/// pause_until of every consumer, and nats-server 2.15 stores it.
bool is_zero_time(std::string_view text);

/// "2026-11-21T03:15:13.145678694Z"; the fraction without zeros at its end.
std::string format_rfc3339(std::int64_t unix_ns);

}  // namespace unified::jetstream
