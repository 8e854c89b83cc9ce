#include "jetstream/subject_changes.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/subjects.h"

namespace unified::jetstream {
namespace {

using Subjects = std::vector<std::string>;

bool contains(const Subjects& subjects, const std::string& subject) {
  return std::ranges::find(subjects, subject) != subjects.end();
}

const std::string* cover_of(const Subjects& subjects, const std::string& subject) {
  const auto found = std::ranges::find_if(
      subjects, [&](const auto& wide) { return subject_covers(wide, subject); });
  return found == subjects.end() ? nullptr : &*found;
}

const std::string* overlap_with(const Subjects& subjects, const std::string& subject) {
  const auto found = std::ranges::find_if(
      subjects, [&](const auto& one) { return subjects_overlap(one, subject); });
  return found == subjects.end() ? nullptr : &*found;
}

/// Subjects of one kind of outcome, reported together.
struct Group {
  Subjects subjects;
  std::string why;
};

class Resolver {
 public:
  Resolver(const Subjects& declared, const Subjects& actual, bool lossy_allowed)
      : declared_(declared),
        actual_(actual),
        lossy_allowed_(lossy_allowed) {}

  SubjectChanges resolve(const RivalOf& rival_of) {
    for (const std::string& subject : declared_)
      if (!contains(actual_, subject))
        admit(subject, rival_of);
    settle();
    return report();
  }

 private:
  void admit(const std::string& subject, const RivalOf& rival_of) {
    const auto rival = rival_of(subject);
    if (!rival) {
      added_.push_back(subject);
      return;
    }
    refuse(subject,
           fmt::format("overlaps {} of stream {} (10065): two streams can't capture the same "
                       "subject; take it out of one of them (if STREAM_NAME was changed: "
                       "set {} again)",
                       rival->subject, rival->stream, rival->stream));
  }

  void refuse(const std::string& subject, std::string why) {
    const auto same = std::ranges::find(refused_, why, &Group::why);
    if (same != refused_.end())
      same->subjects.push_back(subject);
    else
      refused_.push_back({{subject}, std::move(why)});
  }

  /// What stays decides what can be added, and what is added decides what may go: until nothing
  /// moves.
  void settle() {
    while (true) {
      split_undeclared();
      const auto blocked = std::ranges::find_if(
          added_, [&](const auto& subject) { return overlap_with(staying_, subject) != nullptr; });
      if (blocked == added_.end())
        return;
      refuse_for_staying(*blocked);
      added_.erase(blocked);
    }
  }

  void refuse_for_staying(const std::string& subject) {
    if (const std::string* wide = cover_of(staying_, subject))
      refuse(subject, fmt::format("captured already by {}, which stays", *wide));
    else
      refuse(subject, fmt::format("overlaps {}, which is not declared but stays until "
                                  "RECONCILE_ALLOW=lossy",
                                  *overlap_with(staying_, subject)));
  }

  [[nodiscard]] Subjects kept_and_added() const {
    Subjects subjects = added_;
    for (const std::string& subject : actual_)
      if (contains(declared_, subject))
        subjects.push_back(subject);
    return subjects;
  }

  void split_undeclared() {
    staying_.clear();
    replaced_.clear();
    dropped_.clear();
    const Subjects future = kept_and_added();
    for (const std::string& subject : actual_) {
      if (contains(declared_, subject))
        continue;
      if (cover_of(future, subject) != nullptr)
        replaced_.push_back(subject);
      else if (lossy_allowed_)
        dropped_.push_back(subject);
      else
        staying_.push_back(subject);
    }
  }

  static FieldChange change(Change kind, const Subjects& from, const Subjects& to, bool applied) {
    return {.field = "subjects",
            .change = kind,
            .from = from,
            .to = to,
            .applied = applied,
            .at_stake = {},
            .why = {}};
  }

  [[nodiscard]] SubjectChanges report() const {
    SubjectChanges result;
    for (const std::string& subject : actual_)
      if (contains(declared_, subject) || contains(staying_, subject))
        result.result.push_back(subject);
    result.result.insert(result.result.end(), added_.begin(), added_.end());
    if (!added_.empty())
      result.changes.push_back(change(Change::kSafe, {}, added_, true));
    if (!replaced_.empty())
      result.changes.push_back(change(Change::kSafe, replaced_, {}, true));
    add_refused(result);
    add_removed(result);
    return result;
  }

  void add_refused(SubjectChanges& result) const {
    for (const Group& group : refused_) {
      result.changes.push_back(change(Change::kImmutable, {}, group.subjects, false));
      result.changes.back().why = group.why;
    }
  }

  void add_removed(SubjectChanges& result) const {
    const Subjects& removed = lossy_allowed_ ? dropped_ : staying_;
    if (removed.empty())
      return;
    FieldChange lost = change(Change::kLossy, removed, {}, lossy_allowed_);
    lost.at_stake = fmt::format("what is published to {}", fmt::join(removed, ", "));
    if (!lossy_allowed_)
      lost.why =
          "the stream would stop capturing it; it stays until RECONCILE_ALLOW=lossy, or "
          "declare it again";
    result.changes.push_back(std::move(lost));
  }

  const Subjects& declared_;
  const Subjects& actual_;
  bool lossy_allowed_;
  Subjects added_;
  Subjects staying_;   // not declared, kept all the same
  Subjects replaced_;  // not declared, covered by a declared pattern
  Subjects dropped_;   // not declared, lossy changes are allowed
  std::vector<Group> refused_;
};

}  // namespace

SubjectChanges change_subjects(const std::vector<std::string>& declared,
                               const std::vector<std::string>& actual,
                               const RivalOf& rival_of,
                               bool lossy_allowed) {
  return Resolver{declared, actual, lossy_allowed}.resolve(rival_of);
}

}  // namespace unified::jetstream
