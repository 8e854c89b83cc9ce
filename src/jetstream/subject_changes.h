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
  bool is_declared = true;  ///< false: it is in the manifest without this subject, which stays
};

struct SubjectChanges {
  std::vector<std::string>
      result;  ///< what the stream should capture afterwards: the server's order, then the added
  std::vector<FieldChange>
      changes;  ///< added and removed, the refused ones apart from the applied ones
};

/// What another stream captures that overlaps the subject; nothing if it is free.
using RivalOf = std::function<std::optional<TakenSubject>(const std::string& subject)>;

/// What may become of subjects that are no longer declared.
struct Surrender {
  bool lossy_allowed = false;
  /// What would allow it; only for people: "RECONCILE_ALLOW=lossy".
  std::string way_out = "RECONCILE_ALLOW=lossy";
  /// Why the stream keeps the subject although lossy changes are allowed (whoever shall have it
  /// can't take it); nothing: it may go. May be empty.
  std::function<std::optional<std::string>(const std::string& subject)> why_kept;
};

/// From `actual` to `declared`, subject by subject. A subject that is no longer declared stays,
/// unless it may go or a declared pattern covers it; a declared one that overlaps what stays, or
/// another stream, is refused. A placeholder (subject_moves.h) goes as soon as there is another
/// subject.
SubjectChanges change_subjects(const std::vector<std::string>& declared,
                               const std::vector<std::string>& actual,
                               const RivalOf& rival_of,
                               const Surrender& surrender);

}  // namespace unified::jetstream
