#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace unified::jetstream {

/// A stream as it should be: only the fields that the manifest declares, under the names and in the
/// units of $JS.API.STREAM.CREATE (bytes, nanoseconds). Fields that are not declared stay as the
/// server has them.
struct StreamSpec {
  std::string name;
  nlohmann::json config = nlohmann::json::object();
  std::string origin;  ///< where it is declared ("streams.yaml:3"), for messages
};

/// A stream as the server has it.
struct StreamState {
  std::string name;
  nlohmann::json config;  ///< as returned by the server, whole
  std::int64_t messages = 0;
  std::int64_t bytes = 0;
  std::int64_t first_seq = 0;
  std::int64_t last_seq = 0;
  std::string first_ts;  ///< RFC 3339; empty when there is no message
  std::string last_ts;
  std::int64_t consumers = 0;
};

}  // namespace unified::jetstream
