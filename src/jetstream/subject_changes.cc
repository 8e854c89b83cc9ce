#include "jetstream/subject_changes.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/subjects.h"
#include "jetstream/subject_moves.h"

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
  Resolver(const Subjects& declared, const Subjects& actual, const Surrender& surrender)
      : declared_(declared),
        surrender_(surrender) {
    for (const std::string& subject : actual)
      (is_placeholder(subject) ? placeholders_ : actual_).push_back(subject);
  }

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
    if (!rival->is_declared) {
      refuse(subject, fmt::format("stream {} still captures {}, see there (10065)", rival->stream,
                                  rival->subject));
      return;
    }
    refuse(subject,
           fmt::format("overlaps {} of stream {} (10065): two streams can't capture the same "
                       "subject; take it out of one of them (if STREAM_NAME was changed: "
                       "set {} again)",
                       rival->subject, rival->stream, rival->stream));
  }

  void refuse(const std::string& subject, std::string why) {
    add_to(refused_, subject, std::move(why));
  }

  static void add_to(std::vector<Group>& groups, const std::string& subject, std::string why) {
    const auto same = std::ranges::find(groups, why, &Group::why);
    if (same != groups.end())
      same->subjects.push_back(subject);
    else
      groups.push_back({{subject}, std::move(why)});
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
      refuse(subject, fmt::format("overlaps {}, which is not declared but stays{}",
                                  *overlap_with(staying_, subject),
                                  surrender_.lossy_allowed ? "" : " until " + surrender_.way_out));
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
      else if (may_go(subject))
        dropped_.push_back(subject);
      else
        staying_.push_back(subject);
    }
  }

  [[nodiscard]] std::optional<std::string> why_kept(const std::string& subject) const {
    if (!surrender_.lossy_allowed)
      return fmt::format(
          "the stream would stop capturing it; it stays until {}, or declare it again",
          surrender_.way_out);
    return surrender_.why_kept ? surrender_.why_kept(subject) : std::nullopt;
  }

  [[nodiscard]] bool may_go(const std::string& subject) const { return !why_kept(subject); }

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
    // A stream always has some subject: without one the server takes the stream's name.
    const bool is_held = result.result.empty();
    if (is_held)
      result.result = placeholders_;
    if (!added_.empty())
      result.changes.push_back(change(Change::kSafe, {}, added_, true));
    if (!replaced_.empty())
      result.changes.push_back(change(Change::kSafe, replaced_, {}, true));
    if (!placeholders_.empty() && !is_held)
      result.changes.push_back(change(Change::kSafe, placeholders_, {}, true));
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
    if (!dropped_.empty())
      result.changes.push_back(lost(dropped_, true));
    std::vector<Group> kept;
    for (const std::string& subject : staying_)
      add_to(kept, subject, why_kept(subject).value_or(std::string{}));
    for (const Group& group : kept) {
      result.changes.push_back(lost(group.subjects, false));
      result.changes.back().why = group.why;
    }
  }

  static FieldChange lost(const Subjects& subjects, bool applied) {
    FieldChange lost = change(Change::kLossy, subjects, {}, applied);
    lost.at_stake = fmt::format("what is published to {}", fmt::join(subjects, ", "));
    return lost;
  }

  const Subjects& declared_;
  const Surrender& surrender_;
  Subjects actual_;  // without the placeholders
  Subjects placeholders_;
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
                               const Surrender& surrender) {
  return Resolver{declared, actual, surrender}.resolve(rival_of);
}

}  // namespace unified::jetstream
