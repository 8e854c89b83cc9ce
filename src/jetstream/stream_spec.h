#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

namespace unified::jetstream {

/// What RECONCILE_ALLOW permits, or an object's own `allow:`.
struct Allowed {
  bool lossy = false;
  bool irreversible = false;
  bool recreate = false;
  bool operator==(const Allowed&) const = default;
};

/// What both permit: an object's `allow:` only ever narrows RECONCILE_ALLOW.
inline Allowed narrowed(const Allowed& all, const std::optional<Allowed>& own) {
  if (!own)
    return all;
  return {.lossy = all.lossy && own->lossy,
          .irreversible = all.irreversible && own->irreversible,
          .recreate = all.recreate && own->recreate};
}

/// A stream as it should be: only the fields that the manifest declares, under the names and in the
/// units of $JS.API.STREAM.CREATE (bytes, nanoseconds). Fields that are not declared stay as the
/// server has them.
struct StreamSpec {
  std::string name;
  nlohmann::json config = nlohmann::json::object();
  std::string origin;  ///< where it is declared ("streams.yaml:3"), for messages
  std::optional<Allowed> allow = std::nullopt;  ///< its own `allow:`; none: RECONCILE_ALLOW alone
  /// For a stream to be created, under what `config` says: a bucket's usual values; an existing
  /// stream keeps its own.
  nlohmann::json at_creation = nlohmann::json::object();
};

/// The stream that would be created: `config` has all of it.
inline StreamSpec as_created(StreamSpec spec) {
  nlohmann::json whole = std::move(spec.at_creation);
  whole.update(spec.config);
  spec.config = std::move(whole);
  spec.at_creation = nlohmann::json::object();
  return spec;
}

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
