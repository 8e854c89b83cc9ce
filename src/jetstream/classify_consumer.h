#pragma once

#include <span>
#include <string>

#include <nlohmann/json.hpp>

#include "base/server_version.h"
#include "jetstream/classify.h"
#include "jetstream/consumer_spec.h"
#include "jetstream/fields.h"

namespace unified::jetstream {

/// What a rule about a consumer looks at: one field that differs by meaning. Values are those of
/// consumer_value_in().
struct ConsumerContext {
  const nlohmann::json& from;
  const nlohmann::json& to;
  const ConsumerState& state;
  const ConsumerSpec& spec;
  const StreamState* stream = nullptr;  ///< null: the server does not list it
  ServerVersion version;
  bool clustered = false;
  /// Every consumer of the stream, the one itself may be among them; empty: not known.
  std::span<const ConsumerState> siblings{};  // NOLINT(readability-redundant-member-init)
};

struct ConsumerVerdict : Verdict {
  /// Of kImmutable: a new consumer could have the value, so Allowed::recreate may delete and create
  /// it. False: it would be deleted for nothing.
  bool recreate_helps = false;
};

/// What changing this field of an existing consumer means: kSafe, kLossy (messages would be
/// dropped, or never delivered), kImmutable (the server refuses it, ignores it, or takes it and
/// loses the consumer at its next start). `at_stake` of a kImmutable: what deleting it would lose.
ConsumerVerdict classify_consumer_field(const Field& field, const ConsumerContext& context);

/// What deleting the consumer loses: "its position is lost (4 delivered, 2 not acknowledged)", and
/// how many messages of an interest stream go with it.
std::string lost_with(const ConsumerState& state, const StreamState* stream);

/// Whether a consumer with this whole configuration can get the field when it is created: kSafe, or
/// kImmutable for what this server refuses or silently leaves out. A consumer whose
/// filter_subjects can't be had must not be created at all: it would take everything.
ConsumerVerdict classify_consumer_creation(const Field& field,
                                           const nlohmann::json& config,
                                           ServerVersion version,
                                           bool clustered);

}  // namespace unified::jetstream
