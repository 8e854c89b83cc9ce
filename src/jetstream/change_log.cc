#include "jetstream/change_log.h"

#include <algorithm>

namespace unified::jetstream {

void ChangeLog::note(std::string_view subject) {
  constexpr std::string_view kStreams = "$JS.EVENT.ADVISORY.STREAM.";
  if (!subject.starts_with(kStreams))
    return;
  const std::string_view event = subject.substr(kStreams.size());
  const std::string_view kind = event.substr(0, event.find('.'));
  if (kind != "CREATED" && kind != "UPDATED" && kind != "DELETED")
    return;
  {
    const std::scoped_lock lock{mutex_};
    const auto found = changes_.find(event.substr(std::min(kind.size() + 1, event.size())));
    if (found == changes_.end())
      return;
    ++found->second;
  }
  noted_.notify_all();
}

std::uint64_t ChangeLog::changes_of(const std::string& stream) {
  const std::scoped_lock lock{mutex_};
  return changes_[stream];
}

std::uint64_t ChangeLog::wait_for(const std::string& stream,
                                  std::uint64_t count,
                                  std::chrono::milliseconds patience) {
  std::unique_lock lock{mutex_};
  noted_.wait_for(lock, patience, [&] { return changes_[stream] >= count; });
  return changes_[stream];
}

}  // namespace unified::jetstream
