#include "app/ack_subject.h"

#include "base/split.h"

namespace unified::app {
namespace {

constexpr std::string_view kAckPrefix = "$JS.ACK.";

}  // namespace

/// `$JS.ACK.[domain.account.]stream.consumer.deliveries.sequence.consumer
/// sequence.time.pending[.random]`
std::optional<Origin> origin_of(std::string_view reply) {
  constexpr std::size_t kShort = 9;
  constexpr std::size_t kLong = 11;  // with domain and account, and maybe a random one at the end
  const auto tokens = split(reply, '.');
  if (!reply.starts_with(kAckPrefix) || (tokens.size() != kShort && tokens.size() < kLong))
    return std::nullopt;
  const std::size_t first = tokens.size() == kShort ? 5 : 7;
  Origin origin;
  if (!parse_number(tokens[first], origin.sequence) ||
      !parse_number(tokens[first + 1], origin.consumer_sequence) ||
      !parse_number(tokens[first + 2], origin.time_ns))
    return std::nullopt;
  return origin;
}

std::string flow_target(const nats::Delivery& message) {
  for (const auto& [name, value] : message.headers)
    if (name == "Nats-Consumer-Stalled")
      return value;
  return message.reply;
}

}  // namespace unified::app
