#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "jetstream/nats/connection.h"

namespace unified::app {

/// Where a message that a consumer delivers comes from.
struct Origin {
  std::uint64_t sequence = 0;           ///< in the stream
  std::uint64_t consumer_sequence = 0;  ///< how many the consumer has delivered
  std::int64_t time_ns = 0;             ///< when it was stored
};

/// From the subject that acknowledges it; nothing: it is not a consumer's.
std::optional<Origin> origin_of(std::string_view reply);

/// What a consumer's flow control wants to be answered on: its message's reply subject, or the one
/// that a heartbeat names; empty: no answer is due.
std::string flow_target(const nats::Delivery& message);

/// The whole text as a number.
template <typename T>
bool parse_number(std::string_view text, T& value) {
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  return failure == std::errc{} && end == text.data() + text.size();
}

}  // namespace unified::app
