#pragma once

#include <cstdint>
#include <string>

#include <nlohmann/json.hpp>

#include "base/server_version.h"
#include "jetstream/plan.h"
#include "jetstream/stream_spec.h"

namespace unified::jetstream {

/// What a rule looks at: one field that differs by meaning. Values are normalised (fields.h).
struct FieldContext {
  const nlohmann::json& from;
  const nlohmann::json& to;
  const StreamState& state;
  const StreamSpec& spec;
  ServerVersion version;
  bool clustered = false;
  std::int64_t now_unix_ns = 0;
};

struct Verdict {
  Change change = Change::kSafe;
  std::string at_stake;  ///< counted; empty if nothing
  std::string why;  ///< the rule, for people; the way out of a plain lossy/irreversible refusal is
                    ///< added by the plan
};

// One rule a kind of field; each row of the field table names one. Facts §1.

Verdict classify_safe(const FieldContext& context);
Verdict classify_max_msgs(const FieldContext& context);
Verdict classify_max_bytes(const FieldContext& context);
Verdict classify_max_age(const FieldContext& context);
Verdict classify_max_msgs_per_subject(const FieldContext& context);
Verdict classify_max_consumers(const FieldContext& context);
Verdict classify_retention(const FieldContext& context);
Verdict classify_discard(const FieldContext& context);
Verdict classify_storage(const FieldContext& context);
Verdict classify_replicas(const FieldContext& context);
/// deny_delete, deny_purge: a latch.
Verdict classify_deny(const FieldContext& context);

}  // namespace unified::jetstream
