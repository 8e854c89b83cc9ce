#include "jetstream/given_subjects.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/subjects.h"
#include "jetstream/api_answers.h"
#include "jetstream/subject_moves.h"

namespace unified::jetstream {
namespace {

using Subjects = std::vector<std::string>;

bool contains(const Subjects& subjects, const std::string& subject) {
  return std::ranges::find(subjects, subject) != subjects.end();
}

bool is_covered(const std::string& subject, const Subjects& by) {
  return std::ranges::any_of(
      by, [&](const std::string& wide) { return subject_covers(wide, subject); });
}

}  // namespace

GivenSubjects::GivenSubjects(const std::vector<StreamSpec>& desired,
                             const Actual& actual,
                             const StatesByName& states,
                             const Allowed& allowed)
    : desired_(desired),
      actual_(actual),
      states_(states),
      allowed_(allowed) {
  for (const StreamSpec& spec : desired) {
    const StreamState* state = find_state(states, spec.name);
    if (state == nullptr || !narrowed(allowed, spec.allow).lossy)
      continue;
    const Subjects declared = subjects_of(spec.config);
    const bool gives = std::ranges::any_of(subjects_of(state->config), [&](const auto& subject) {
      return !contains(declared, subject);
    });
    if (gives && !declared.empty())
      givers_.push_back(&spec);
  }
}

Surrender GivenSubjects::surrender_of(const StreamSpec& spec) const {
  Surrender surrender;
  surrender.lossy_allowed = narrowed(allowed_, spec.allow).lossy;
  if (allowed_.lossy)
    surrender.way_out = "the object's own allow: has lossy";
  surrender.why_kept = [this, &spec](const std::string& subject) -> std::optional<std::string> {
    const auto found = why_kept_.find({spec.name, subject});
    return found == why_kept_.end() ? std::nullopt : std::optional{found->second};
  };
  return surrender;
}

Subjects GivenSubjects::foreseen(const StreamSpec& spec, const StreamState& state) const {
  const auto everything_is_free = [](const std::string&) -> std::optional<TakenSubject> {
    return std::nullopt;
  };
  const Subjects before = subjects_of(state.config);
  const Subjects after =
      change_subjects(subjects_of(spec.config), before, everything_is_free, surrender_of(spec))
          .result;
  const auto besides = kept_besides_.find(spec.name);
  Subjects kept;
  for (const std::string& subject : before)
    if (contains(after, subject) ||
        (besides != kept_besides_.end() && besides->second.contains(subject)))
      kept.push_back(subject);
  return kept;
}

void GivenSubjects::foresee(Captured& captured) const {
  for (const StreamSpec* spec : givers_)
    captured.becomes(spec->name, foreseen(*spec, *find_state(states_, spec->name)));
}

Subjects GivenSubjects::captured_after(const StreamPlan& stream) const {
  if (!stream.request.is_null())
    return subjects_of(stream.request);
  const StreamState* state = find_state(states_, stream.name);
  return state == nullptr ? Subjects{} : subjects_of(state->config);
}

/// Why a subject that the plan would take for the stream can't be had; empty: nothing speaks
/// against it.
std::string GivenSubjects::obstacle(const StreamPlan& stream, const std::string& subject) const {
  if (const auto refused = actual_.refused.find(stream.name); refused != actual_.refused.end())
    return refused->second;
  if (stream.change == Change::kUnloaded)
    return "it is not loaded";
  const StreamState* state = find_state(states_, stream.name);
  if (state != nullptr && is_set(state->config, "sealed"))
    return "it is sealed and stores nothing";
  const std::string placeholder =
      placeholder_for(stream.name, {{stream.name, stream.name, subject, subject}});
  for (const StreamState& other : actual_.streams)
    for (const std::string& one : subjects_of(other.config))
      if (other.name != stream.name && subjects_overlap(one, placeholder))
        return fmt::format(
            "stream {} captures {}, and so every name that it could be tried out with; declare "
            "{} without that first",
            other.name, one, other.name);
  if (is_covered(subject, captured_after(stream)))
    return {};
  for (const FieldChange& change : stream.fields)
    if (!change.applied && change.field == "subjects" && change.to.is_array() &&
        std::ranges::find(change.to, nlohmann::json(subject)) != change.to.end())
      return change.why;
  return "it is not made, see there";
}

/// What declared streams do not have yet and will not get.
std::vector<GivenSubjects::Wanted> GivenSubjects::wanted_in_vain(const Plan& plan) const {
  std::vector<Wanted> wanted;
  for (const StreamPlan& stream : plan.streams) {
    const StreamState* state = find_state(states_, stream.name);
    const Subjects before = state == nullptr ? Subjects{} : subjects_of(state->config);
    for (const std::string& subject : stream.declared_subjects)
      if (!is_covered(subject, before))
        if (std::string why = obstacle(stream, subject); !why.empty())
          wanted.push_back({stream.name, subject, std::move(why)});
  }
  return wanted;
}

bool GivenSubjects::keeps_more(const StreamSpec& giver,
                               const StreamPlan& planned,
                               const std::vector<Wanted>& in_vain) {
  const StreamState& state = *find_state(states_, giver.name);
  const Subjects assumed = foreseen(giver, state);
  const Subjects after = captured_after(planned);
  bool more = false;
  for (const std::string& subject : subjects_of(state.config)) {
    if (contains(after, subject)) {
      if (!contains(assumed, subject))
        more = kept_besides_[giver.name].insert(subject).second || more;
      continue;
    }
    if (is_placeholder(subject) || is_covered(subject, after))
      continue;
    const auto taker = std::ranges::find_if(in_vain, [&](const Wanted& wanted) {
      return wanted.stream != giver.name && subjects_overlap(wanted.subject, subject);
    });
    if (taker != in_vain.end())
      more = why_kept_
                 .emplace(std::pair{giver.name, subject},
                          fmt::format("it stays, for stream {} is to capture {} and can't: {}",
                                      taker->stream, taker->subject, taker->why_not))
                 .second ||
             more;
  }
  return more;
}

bool GivenSubjects::agrees(const Plan& plan) {
  if (givers_.empty())
    return true;
  const std::vector<Wanted> in_vain = wanted_in_vain(plan);
  bool more = false;
  for (const StreamSpec* giver : givers_) {
    const auto planned = std::ranges::find(plan.streams, giver->name, &StreamPlan::name);
    more = keeps_more(*giver, *planned, in_vain) || more;
  }
  return !more;
}

}  // namespace unified::jetstream
