#include "jetstream/bound.h"

#include <algorithm>

#include "jetstream/subjects.h"

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

std::vector<std::string> unbound_subjects(const std::vector<StreamSpec>& desired,
                                          const std::vector<StreamState>& actual) {
  std::vector<std::string> unbound;
  for (const StreamSpec& spec : desired) {
    const auto stream = std::ranges::find(actual, spec.name, &StreamState::name);
    const auto captured =
        stream == actual.end() ? std::vector<std::string>{} : subjects_of(stream->config);
    for (const std::string& subject : subjects_of(spec.config)) {
      const auto covers = [&](const std::string& wide) { return subject_covers(wide, subject); };
      if (std::ranges::none_of(captured, covers))
        unbound.push_back(subject);
    }
  }
  return unbound;
}

}  // namespace unified::jetstream
