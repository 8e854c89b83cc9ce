#pragma once

#include <cstdint>
#include <optional>

#include "jetstream/fields.h"
#include "jetstream/plan.h"

namespace unified::jetstream {

/// What one declared field (not the subjects) would mean for a stream, by the table. Pure.
class FieldRules {
 public:
  /// Refers to `actual`.
  FieldRules(const Actual& actual, const Allowed& allowed, std::int64_t now_unix_ns)
      : actual_(actual),
        allowed_(allowed),
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
  void refuse_unknown(const Field& field, FieldChange& change) const;
  void settle(const Verdict& verdict, const Field& field, FieldChange& change) const;

  const Actual& actual_;
  Allowed allowed_;
  std::int64_t now_unix_ns_;
};

}  // namespace unified::jetstream
