#include "jetstream/update_check.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "jetstream/unmeant_changes.h"

namespace unified::jetstream {
std::string somebody_else_changed(const std::string& stream) {
  return fmt::format(
      "somebody else changed stream {} at the same moment: what they set may have been set back to "
      "what was there before; look at it and set it again",
      stream);
}

void UpdateCheck::before(const StreamState& read, const nlohmann::json& body) {
  updates_[read.name] = {.read = read.config, .body = body};
}

void UpdateCheck::after(const StreamState& answer) {
  streams_.count_own(answer.name);
  streams_.learn(answer);
  updates_[answer.name].answer = answer.config;
}

void UpdateCheck::finish() {
  std::erase_if(updates_, [](const auto& one) { return one.second.answer.is_null(); });
  std::vector<std::string> names;
  names.reserve(updates_.size());
  for (const auto& [name, update] : updates_) {
    names.push_back(name);
    compare(name, update);
  }
  std::vector<std::string> changed = streams_.changed_by_others(names);
  if (changed.empty())
    return;
  for (const auto& [name, failure] : streams_.read(changed)) {
    tell(
        fmt::format("somebody else changed stream {} at the same moment, and it cannot be read "
                    "back: {}",
                    name, failure.message));
    std::erase(changed, name);
  }
  for (const std::string& name : changed) {
    Update& update = updates_[name];
    tell(somebody_else_changed(name));
    // Who came after us is seen in what is there now.
    if (const StreamState* now = streams_.find(name);
        now != nullptr && now->config != update.answer) {
      update.answer = now->config;
      compare(name, update);
    }
  }
}

void UpdateCheck::compare(const std::string& name, const Update& update) {
  const auto changes =
      unmeant_changes(update.read, update.answer, fields_between(update.read, update.body));
  if (changes.empty())
    return;
  tell(
      fmt::format("stream {} is not as it was right before our update in what that did not mean: "
                  "{}",
                  name, show_changes(changes)));
  raise_limits(name, update);
}

void UpdateCheck::raise_limits(const std::string& name, const Update& update) {
  if (!streams_.read({name}).empty())
    return;  // told above; the next look compares
  const StreamState* now = streams_.find(name);
  const auto changes =
      unmeant_changes(update.read, now->config, fields_between(update.read, update.body));
  const nlohmann::json raised = with_limits_raised(now->config, changes);
  if (raised.is_null() || streams_.has_changed(name))
    return;
  const auto answer = api_.update(raised);
  if (!answer) {
    tell(fmt::format("the limits of stream {} could not be raised again: {}", name,
                     answer.error().message));
    return;
  }
  streams_.count_own(name);
  tell(fmt::format("the limits of stream {} were raised to what they were before", name));
  streams_.learn(*answer);
}

}  // namespace unified::jetstream
