#include "jetstream/captured.h"

#include <utility>

#include "jetstream/bound.h"

namespace unified::jetstream {

void Captured::becomes(const std::string& stream, const std::vector<std::string>& subjects) {
  if (built_)
    put(stream, subjects);
  else
    planned_[stream] = subjects;
}

std::optional<TakenSubject> Captured::rival(const std::string& subject, const std::string& stream) {
  build();
  const auto self = ids_.find(stream);
  std::optional<SubjectIndex::Entry> first;
  index_.for_each_overlap(subject, [&](const SubjectIndex::Entry& entry) {
    const bool own = self != ids_.end() && entry.owner == self->second;
    if (!own && (!first || entry.owner < first->owner))
      first = entry;
  });
  if (!first)
    return std::nullopt;
  return TakenSubject{.subject = first->subject, .stream = owners_[first->owner].name};
}

void Captured::build() {
  if (std::exchange(built_, true))
    return;
  for (const StreamState& state : streams_)
    if (!planned_.contains(state.name))
      put(state.name, subjects_of(state.config));
  for (const auto& [stream, subjects] : planned_)
    put(stream, subjects);
  planned_.clear();
}

std::size_t Captured::owner_of(const std::string& stream) {
  const auto [found, is_new] = ids_.emplace(stream, owners_.size());
  if (is_new)
    owners_.push_back({stream, {}});
  return found->second;
}

void Captured::put(const std::string& stream, const std::vector<std::string>& subjects) {
  const std::size_t id = owner_of(stream);
  for (const std::string& subject : owners_[id].subjects)
    index_.remove(subject, id);
  for (const std::string& subject : subjects)
    index_.add(subject, id);
  owners_[id].subjects = subjects;
}

}  // namespace unified::jetstream
