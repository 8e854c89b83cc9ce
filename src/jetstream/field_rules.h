#pragma once

#include <cstdint>
#include <optional>

#include "jetstream/classify.h"
#include "jetstream/fields.h"
#include "jetstream/plan.h"

namespace unified::jetstream {

/// What may be done to one object: RECONCILE_ALLOW, narrowed by the object's own `allow:`.
struct Permit {
  Permit(const Allowed& all, const std::optional<Allowed>& own)
      : by_all(all),
        effective(narrowed(all, own)) {}
  Allowed by_all;
  Allowed effective;
};

/// Applies a change that the permit covers, or says why not and what would.
void settle(const Verdict& verdict, const Field& field, const Permit& permit, FieldChange& change);

/// A value that the server does not know: since when one does, and the way out.
void refuse_unknown(const Field& field,
                    const Need& need,
                    ServerVersion version,
                    FieldChange& change);

/// What one declared field (not the subjects) would mean for a stream, by the table. Pure.
class FieldRules {
 public:
  /// Refers to `actual`.
  FieldRules(const Actual& actual, const Permit& permit, std::int64_t now_unix_ns)
      : actual_(actual),
        permit_(permit),
        now_unix_ns_(now_unix_ns) {}

  /// For a stream to be created; nothing: not worth sending.
  [[nodiscard]] std::optional<FieldChange> at_creation(const Field& field,
                                                       const StreamSpec& spec) const;
  /// For an existing stream; nothing: as declared.
  [[nodiscard]] std::optional<FieldChange> at_update(const Field& field,
                                                     const StreamSpec& spec,
                                                     const StreamState& state) const;

 private:
  [[nodiscard]] bool is_settled_by_sealing(const Field& field,
                                           const StreamSpec& spec,
                                           const StreamState& state) const;
  [[nodiscard]] FieldContext context(const FieldChange& change,
                                     const StreamState& state,
                                     const StreamSpec& spec) const;
  [[nodiscard]] bool is_unknown_to_server(const Field& field, const nlohmann::json& value) const;

  const Actual& actual_;
  Permit permit_;
  std::int64_t now_unix_ns_;
};

}  // namespace unified::jetstream
