#pragma once

#include <nlohmann/json.hpp>

#include "base/server_version.h"
#include "jetstream/classify.h"
#include "jetstream/consumer_spec.h"
#include "jetstream/fields.h"

namespace unified::jetstream {

/// What a rule about a consumer looks at: one field that differs by meaning. Values are normalised.
struct ConsumerContext {
  const nlohmann::json& from;
  const nlohmann::json& to;
  const ConsumerState& state;
  const ConsumerSpec& spec;
  const StreamState* stream = nullptr;  ///< null: the server does not list it
  ServerVersion version;
  bool clustered = false;
};

/// What changing this field of an existing consumer means: kSafe, kLossy (messages would be skipped
/// or dropped), kImmutable (the server refuses it; Allowed::recreate may make the consumer anew).
Verdict classify_consumer_field(const Field& field, const ConsumerContext& context);

}  // namespace unified::jetstream
