#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "jetstream/stream_spec.h"

namespace unified::jetstream {

/// A durable consumer as it should be: only the declared fields, under the names and in the units
/// of $JS.API.CONSUMER.CREATE (nanoseconds), without `name`, `durable_name`. Its stream may be one
/// that no manifest declares.
struct ConsumerSpec {
  std::string stream;
  std::string name;
  nlohmann::json config = nlohmann::json::object();
  std::string origin;  ///< as StreamSpec::origin
  std::optional<Allowed> allow = std::nullopt;
};

/// A consumer as the server has it.
struct ConsumerState {
  std::string stream;
  std::string name;
  nlohmann::json config;  ///< as returned by the server, whole
  std::int64_t delivered_stream_seq = 0;
  std::int64_t delivered_consumer_seq = 0;
  std::int64_t ack_floor_stream_seq = 0;
  std::int64_t ack_floor_consumer_seq = 0;
  std::int64_t pending = 0;      ///< stored but not delivered yet
  std::int64_t ack_pending = 0;  ///< delivered, not acknowledged
};

/// Everything that a manifest, or several, declare. A KV bucket B is the stream KV_B, an object
/// store B the stream OBJ_B.
struct Declarations {
  std::vector<StreamSpec> streams;
  std::vector<ConsumerSpec> consumers;
};

}  // namespace unified::jetstream
