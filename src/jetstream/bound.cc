#include "jetstream/bound.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

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

std::string where_unbound(const std::vector<std::string>& unbound,
                          const std::vector<StreamState>& actual) {
  std::vector<std::string> nowhere;
  std::string elsewhere;
  for (const std::string& subject : unbound) {
    const auto has_it = [&](const StreamState& state) {
      return std::ranges::any_of(subjects_of(state.config), [&](const std::string& wide) {
        return subject_covers(wide, subject);
      });
    };
    const auto holder = std::ranges::find_if(actual, has_it);
    if (holder == actual.end())
      nowhere.push_back(subject);
    else
      elsewhere += fmt::format("{}{} is stored by stream {}, not by the one that declares it",
                               elsewhere.empty() ? "" : "; ", subject, holder->name);
  }
  if (nowhere.empty())
    return elsewhere;
  return fmt::format("no stream stores {}{}{}", fmt::join(nowhere, ", "),
                     elsewhere.empty() ? "" : "; ", elsewhere);
}

std::string why_unusable(const StreamSpec& spec, const StreamState& actual) {
  const auto turned_on = [&](const char* field) {
    return actual.config.value(field, false) && !spec.config.value(field, false);
  };
  if (turned_on("sealed"))
    return fmt::format(
        "stream {} is sealed, which its declaration does not say: it refuses every message, and "
        "no update can undo that; read it out or declare `sealed: true`, and let another stream "
        "have its subjects",
        spec.name);
  if (turned_on("no_ack"))
    return fmt::format(
        "stream {} acknowledges nothing (no_ack), which its declaration does not say: whoever "
        "publishes and waits for the ack takes the message for lost; declare `no_ack: false`, and "
        "`reload` or `init` turns it off",
        spec.name);
  return {};
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
