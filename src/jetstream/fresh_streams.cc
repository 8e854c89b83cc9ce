#include "jetstream/fresh_streams.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "jetstream/change_log.h"

namespace unified::jetstream {

FreshStreams::Failures FreshStreams::read(const std::vector<std::string>& names) {
  if (options_.changes)
    for (const std::string& name : names)
      expected_[name] = options_.changes->changes_of(name);
  Failures failures;
  api_.info_all(names, [&](std::size_t index, ApiResult<StreamState> answer) {
    if (answer)
      learn(*std::move(answer));
    else
      failures.emplace(names[index], answer.error());
  });
  return failures;
}

void FreshStreams::learn(StreamState state) {
  const auto known = std::ranges::find(actual_.streams, state.name, &StreamState::name);
  if (known != actual_.streams.end())
    *known = std::move(state);
  else
    actual_.streams.push_back(std::move(state));
}

const StreamState* FreshStreams::find(const std::string& name) const {
  const auto known = std::ranges::find(actual_.streams, name, &StreamState::name);
  return known == actual_.streams.end() ? nullptr : &*known;
}

void FreshStreams::expect_creation(const std::vector<std::string>& names) {
  if (options_.changes)
    for (const std::string& name : names)
      expected_[name] = options_.changes->changes_of(name);
}

void FreshStreams::await_creation(const std::vector<std::string>& names) {
  constexpr std::chrono::milliseconds kPatience{250};
  if (!options_.changes)
    return;
  for (const std::string& name : names) {
    const std::uint64_t due = expected_[name] + 1;
    is_told_ = is_told_ && options_.changes->wait_for(name, due, kPatience) >= due;
  }
}

bool FreshStreams::has_changed(const std::string& name) const {
  const auto expected = expected_.find(name);
  return options_.changes && expected != expected_.end() &&
         options_.changes->changes_of(name) > expected->second;
}

void FreshStreams::count_own(const std::string& name) {
  ++expected_[name];
  ours_.insert(name);
}

std::vector<std::string> FreshStreams::changed_by_others(const std::vector<std::string>& names) {
  // Without the permission to hear of it nobody waits more than once.
  constexpr std::chrono::milliseconds kPatience{250};
  std::vector<std::string> changed;
  if (!options_.changes)
    return changed;
  for (const std::string& name : names) {
    const std::uint64_t expected = expected_[name];
    const std::uint64_t told = is_told_ ? options_.changes->wait_for(name, expected, kPatience)
                                        : options_.changes->changes_of(name);
    is_told_ = is_told_ && told >= expected;
    if (told > expected) {
      changed.push_back(name);
      ours_.erase(name);
    }
  }
  return changed;
}

std::vector<std::string> FreshStreams::changed_late() {
  // Advisories are on their way when the answer is there; only their delivery takes its time.
  constexpr std::chrono::milliseconds kPatience{50};
  std::vector<std::string> changed;
  if (!options_.changes || ours_.empty())
    return changed;
  const std::string& first = *ours_.begin();
  options_.changes->wait_for(first, expected_[first] + 1, kPatience);
  for (const std::string& name : ours_)
    if (has_changed(name))
      changed.push_back(name);
  return changed;
}

}  // namespace unified::jetstream
