#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "jetstream/plan.h"

namespace unified::jetstream {

/// What other streams capture: their subjects can't be had.
struct TakenSubject {
  std::string subject;
  std::string stream;
};

struct SubjectChanges {
  std::vector<std::string>
      result;  ///< what the stream should capture afterwards: the server's order, then the added
  std::vector<FieldChange>
      changes;  ///< added and removed, the refused ones apart from the applied ones
};

/// What another stream captures that overlaps the subject; nothing if it is free.
using RivalOf = std::function<std::optional<TakenSubject>(const std::string& subject)>;

/// From `actual` to `declared`, subject by subject. A subject that is no longer declared stays,
/// unless lossy changes are allowed or a declared pattern covers it; a declared one that overlaps
/// what stays, or another stream, is refused.
SubjectChanges change_subjects(const std::vector<std::string>& declared,
                               const std::vector<std::string>& actual,
                               const RivalOf& rival_of,
                               bool lossy_allowed);

}  // namespace unified::jetstream
