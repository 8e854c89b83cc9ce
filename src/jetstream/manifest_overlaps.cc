#include "jetstream/manifest_overlaps.h"

#include <map>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "jetstream/bound.h"
#include "jetstream/manifest_variables.h"
#include "jetstream/subject_index.h"

namespace unified::jetstream {
namespace {

/// The overlap with the stream that is declared first.
std::optional<SubjectIndex::Entry> first_overlap(const SubjectIndex& earlier,
                                                 const std::string& subject) {
  std::optional<SubjectIndex::Entry> first;
  earlier.for_each_overlap(subject, [&](const SubjectIndex::Entry& entry) {
    if (!first || entry.owner < first->owner)
      first = entry;
  });
  return first;
}

}  // namespace

std::vector<std::string> manifest_problems(const std::vector<StreamSpec>& streams) {
  std::vector<std::string> problems;
  std::map<std::string_view, std::size_t> names;
  SubjectIndex earlier;
  for (std::size_t i = 0; i < streams.size(); ++i) {
    const StreamSpec& spec = streams[i];
    const auto [same, is_new] = names.emplace(spec.name, i);
    if (!is_new) {
      problems.push_back(fmt::format("{}: stream {} is declared twice (first at {})", spec.origin,
                                     spec.name, streams[same->second].origin));
      continue;
    }
    const auto subjects = subjects_of(spec.config);
    for (const std::string& subject : subjects)
      if (const auto other = first_overlap(earlier, subject))
        problems.push_back(fmt::format("{}: subject {} of {} overlaps {} of {} ({})", spec.origin,
                                       shown(subject), spec.name, shown(other->subject),
                                       streams[other->owner].name, streams[other->owner].origin));
    for (const std::string& subject : subjects)
      earlier.add(subject, i);
  }
  return problems;
}

}  // namespace unified::jetstream
