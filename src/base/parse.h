#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace unified {

// Text to value. Each returns nothing for text that it does not take whole; the caller knows what
// to say about it.

/// true/false/1/0/yes/no/on/off in any case.
std::optional<bool> parse_bool(std::string_view text);

/// A decimal integer with an optional leading minus.
std::optional<std::int64_t> parse_int(std::string_view text);

/// A decimal integer of 0 to 2^64-1, without a sign.
std::optional<std::uint64_t> parse_unsigned(std::string_view text);

/// Bytes, with nats-server's own suffixes (facts §8): none, `K M G T P E` = powers of 1000, `KB KiB
/// Ki …` = powers of 1024, any case. No fractions, no sign, no space; nothing beyond int64.
std::optional<std::int64_t> parse_size(std::string_view text);

/// Bytes as Docker writes them (`50m`, `1g`): every suffix is a power of 1024.
std::optional<std::int64_t> parse_docker_size(std::string_view text);

/// A plain number = seconds, else a sum of parts with units ns us ms s m h d: `90s`, `1h30m`, `7d`,
/// `1.5h`. Never negative; nothing beyond 290 years.
std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text);

/// Shortest exact form: `2h`, `1h30m`, `250ms`, `0s`.
std::string format_duration(std::chrono::nanoseconds value);

/// For people: `1.0 GiB`, `512 B`.
std::string format_bytes(std::int64_t bytes);

/// Without blanks (space, tab, CR, LF) at both ends.
std::string_view trim(std::string_view text);

/// At each `separator`; the parts are trimmed, empty parts dropped.
std::vector<std::string> split_list(std::string_view text, char separator = ',');

/// Letters a–z for A–Z; other bytes as they are.
std::string to_lower(std::string_view text);

/// Whether the bytes are well-formed UTF-8 (no overlong forms, no surrogates).
bool is_utf8(std::string_view text);

}  // namespace unified
