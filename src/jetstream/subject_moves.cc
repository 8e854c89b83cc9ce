#include "jetstream/subject_moves.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/subjects.h"
#include "jetstream/subject_index.h"

namespace unified::jetstream {
namespace {

using Subjects = std::vector<std::string>;

constexpr std::string_view kPlaceholder = "unified-moving.";

bool contains(const Subjects& subjects, const std::string& subject) {
  return std::ranges::find(subjects, subject) != subjects.end();
}

/// What is in `these` and not in `those`.
Subjects beyond(const Subjects& these, const Subjects& those) {
  Subjects left;
  std::ranges::copy_if(these, std::back_inserter(left),
                       [&](const std::string& one) { return !contains(those, one); });
  return left;
}

Subjects subjects_before(const std::string& stream, const StatesByName& states) {
  const StreamState* state = find_state(states, stream);
  return state == nullptr ? Subjects{} : subjects_of(state->config);
}

/// Decides the order of the steps.
class Steps {
 public:
  Steps(const std::vector<SubjectMove>& moves, const Plan& plan, const StatesByName& states)
      : moves_(moves) {
    for (const SubjectMove& move : moves) {
      ungiven_[move.taker].insert(move.giver);
      ungiven_[move.giver];
    }
    for (const StreamPlan& stream : plan.streams)
      if (ungiven_.contains(stream.name) && !stream.request.is_null()) {
        names_.push_back(stream.name);
        before_[stream.name] = subjects_before(stream.name, states);
        after_[stream.name] = subjects_of(stream.request);
      }
  }

  std::vector<MoveStep> in_order() {
    while (!names_.empty()) {
      const auto ready = next_ready();
      if (ready != names_.end()) {
        steps_.push_back({*ready, after_[*ready]});
        names_.erase(ready);
        has_given(steps_.back().stream);
      } else {
        give_alone();
      }
    }
    return std::move(steps_);
  }

 private:
  /// Whoever takes from the one that has given last comes first.
  std::vector<std::string>::iterator next_ready() {
    const auto is_ready = [&](const std::string& name) { return ungiven_[name].empty(); };
    const auto takes_next = [&](const std::string& name) {
      return is_ready(name) && std::ranges::any_of(moves_, [&](const SubjectMove& move) {
               return move.giver == last_giver_ && move.taker == name;
             });
    };
    const auto taker = std::ranges::find_if(names_, takes_next);
    return taker != names_.end() ? taker : std::ranges::find_if(names_, is_ready);
  }

  /// All that are left wait for each other: the first one gives and takes later.
  void give_alone() {
    const auto gives = [&](const std::string& name) {
      return !given_.contains(name) && std::ranges::any_of(moves_, [&](const SubjectMove& move) {
        return move.giver == name;
      });
    };
    const auto giver = std::ranges::find_if(names_, gives);
    if (giver == names_.end()) {
      names_.clear();  // nobody is left who could give
      return;
    }
    steps_.push_back({*giver, what_is_left_of(*giver)});
    has_given(*giver);
  }

  [[nodiscard]] bool is_moved(const std::string& stream, const std::string& subject) const {
    return std::ranges::any_of(moves_, [&](const SubjectMove& move) {
      return (move.giver == stream && move.given == subject) ||
             (move.taker == stream && move.taken == subject);
    });
  }

  /// Without what is given, and without what is taken later; what that will cover stays until then.
  Subjects what_is_left_of(const std::string& stream) {
    Subjects left;
    for (const std::string& subject : before_[stream])
      if (!is_moved(stream, subject))
        left.push_back(subject);
    const Subjects added = beyond(after_[stream], before_[stream]);
    for (const std::string& subject : added) {
      const bool fits = std::ranges::none_of(
          left, [&](const std::string& one) { return subjects_overlap(one, subject); });
      if (fits && !is_moved(stream, subject))
        left.push_back(subject);
    }
    return left;
  }

  void has_given(const std::string& name) {
    given_.insert(name);
    last_giver_ = name;
    for (auto& [taker, givers] : ungiven_)
      givers.erase(name);
  }

  const std::vector<SubjectMove>& moves_;
  Subjects names_;  ///< without their last step
  std::map<std::string, Subjects> before_;
  std::map<std::string, Subjects> after_;
  std::map<std::string, std::set<std::string>> ungiven_;  ///< whom a stream waits for
  std::set<std::string> given_;
  std::string last_giver_;
  std::vector<MoveStep> steps_;
};

}  // namespace

std::vector<SubjectMove> subject_moves(const Plan& plan, const StatesByName& states) {
  std::vector<std::pair<const StreamPlan*, std::string>> given;
  SubjectIndex index;
  for (const StreamPlan& stream : plan.streams)
    if (!stream.request.is_null() && find_state(states, stream.name) != nullptr)
      for (std::string& subject :
           beyond(subjects_before(stream.name, states), subjects_of(stream.request)))
        if (!is_placeholder(subject)) {
          index.add(subject, given.size());
          given.emplace_back(&stream, std::move(subject));
        }
  std::vector<SubjectMove> moves;
  if (given.empty())
    return moves;
  for (const StreamPlan& stream : plan.streams)
    if (!stream.request.is_null())
      for (const std::string& subject :
           beyond(subjects_of(stream.request), subjects_before(stream.name, states)))
        index.for_each_overlap(subject, [&](const SubjectIndex::Entry& entry) {
          const auto& [giver, what] = given[entry.owner];
          if (giver != &stream)
            moves.push_back({giver->name, stream.name, what, subject});
        });
  return moves;
}

std::string placeholder_for(const std::string& taker, const std::vector<SubjectMove>& moves) {
  std::string subject = std::string{kPlaceholder} + taker;
  std::set<std::string> givers;
  for (const SubjectMove& move : moves)
    if (move.taker == taker && givers.insert(move.giver).second)
      subject += "." + move.giver;
  return subject;
}

bool is_placeholder(std::string_view subject) {
  return subject.starts_with(kPlaceholder);
}

std::vector<std::string> givers_named_in(const std::vector<std::string>& subjects) {
  const auto found = std::ranges::find_if(subjects, is_placeholder);
  if (found == subjects.end())
    return {};
  // After "unified-moving" and the taker.
  constexpr std::size_t kBeforeGivers = 2;
  const auto tokens = subject_tokens(*found);
  std::vector<std::string> givers;
  for (std::size_t i = kBeforeGivers; i < tokens.size(); ++i)
    givers.emplace_back(tokens[i]);
  return givers;
}

std::vector<MoveStep> steps_of(const std::vector<SubjectMove>& moves,
                               const Plan& plan,
                               const StatesByName& states) {
  return Steps{moves, plan, states}.in_order();
}

}  // namespace unified::jetstream
