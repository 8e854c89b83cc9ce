#include "jetstream/bound.h"

#include <algorithm>
#include <utility>

#include "base/subjects.h"

namespace unified::jetstream {

std::vector<std::string> subjects_of(const nlohmann::json& config) {
  std::vector<std::string> subjects;
  const auto found = config.find("subjects");
  if (found == config.end() || !found->is_array())
    return subjects;
  for (const auto& subject : *found)
    if (subject.is_string())
      subjects.push_back(subject.get<std::string>());
  return subjects;
}

std::vector<std::string> unbound_subjects(const StreamSpec& spec, const StreamState* actual) {
  std::vector<std::string> unbound;
  const auto declared = subjects_of(spec.config);
  const auto captured =
      actual != nullptr ? subjects_of(actual->config) : std::vector<std::string>{};
  // A mirror, or a stream that only collects from others, has no subject that could be missing.
  if (actual == nullptr && declared.empty())
    unbound.push_back("stream " + spec.name);
  for (const std::string& subject : declared) {
    const auto covers = [&](const std::string& wide) { return subject_covers(wide, subject); };
    if (std::ranges::none_of(captured, covers))
      unbound.push_back(subject);
  }
  return unbound;
}

StatesByName states_by_name(const std::vector<StreamState>& streams) {
  StatesByName states;
  for (const StreamState& state : streams)
    states.emplace(state.name, &state);
  return states;
}

const StreamState* find_state(const StatesByName& states, std::string_view name) {
  const auto found = states.find(name);
  return found == states.end() ? nullptr : found->second;
}

std::vector<std::string> unbound_subjects(const std::vector<StreamSpec>& desired,
                                          const std::vector<StreamState>& actual) {
  const StatesByName states = states_by_name(actual);
  std::vector<std::string> unbound;
  for (const StreamSpec& spec : desired)
    for (std::string& subject : unbound_subjects(spec, find_state(states, spec.name)))
      unbound.push_back(std::move(subject));
  return unbound;
}

}  // namespace unified::jetstream
