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

Verdict immutable(std::string why);

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
/// deny_delete, deny_purge, allow_msg_ttl, allow_msg_schedules: once on, on for good.
Verdict classify_latch(const FieldContext& context);
/// persist_mode, allow_msg_counter: chosen when the stream is created.
Verdict classify_create_only(const FieldContext& context);
/// Taken by every server that knows it, and every stored message below it is gone after the next
/// restart (2.10, 2.15): never sent for an existing stream. Taking it away changes nothing stored.
Verdict classify_first_seq(const FieldContext& context);
/// Servers before 2.10.28 and 2.11.2 purge a file stream at every start whose first message is the
/// one with that number.
Verdict classify_first_seq_at_birth(const FieldContext& context);
/// Turns allow_msg_ttl on, which can't be turned off.
Verdict classify_delete_marker(const FieldContext& context);
Verdict classify_republish(const FieldContext& context);
Verdict classify_mirror(const FieldContext& context);
Verdict classify_mirror_direct(const FieldContext& context);
Verdict classify_sources(const FieldContext& context);
Verdict classify_sealed(const FieldContext& context);
/// No server creates a sealed stream.
Verdict classify_sealed_at_birth(const FieldContext& context);

}  // namespace unified::jetstream
