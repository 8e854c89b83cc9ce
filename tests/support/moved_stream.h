#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <map>
#include <memory>
#include <string>

#include <nlohmann/json.hpp>

#include "jetstream/stream_digest.h"
#include "support/broker.h"

namespace unified::test {

/// Writes the manifest of one stream S, subjects `s.>`, into the broker's folder; returns its path.
std::string declare_stream(const TempDir& directory,
                           const std::string& storage,
                           int max_consumers,
                           const std::string& retention = "limits");

/// Fills S with `messages`, some with headers, the same id twice among them, and deletes some: at
/// its beginning, in between and at its end.
void fill_stream(NatsClient& client, std::size_t messages);

/// Eight durable consumers that are at different places: untouched, with acknowledgements missing,
/// acknowledged together, without acknowledgements, filtered, from a sequence on, only new
/// messages, and one that pushes into a queue. `filtered`: none of them is, for 2.9.
void add_consumers(NatsClient& client, bool filtered);

/// The same for a stream that drops what is acknowledged ("interest", "workqueue"): consumers
/// first (two, or one), then messages, of which some are acknowledged, some only delivered.
void fill_queue(NatsClient& client, std::size_t messages, const std::string& retention);

/// What must be the same before and after.
struct StreamContent {
  jetstream::StreamDigest digest;  ///< its times are empty when they do not count
  std::int64_t first = 0;
  std::int64_t last = 0;
  nlohmann::json deleted;
  nlohmann::json subjects;
  std::map<std::string, std::int64_t> ack_floors;   ///< of consumers that have delivered
  std::map<std::string, nlohmann::json> consumers;  ///< configurations
  bool operator==(const StreamContent&) const = default;
};
std::ostream& operator<<(std::ostream& out, const StreamContent& content);
StreamContent content_of(NatsClient& client, bool with_times);

}  // namespace unified::test
