#include "jetstream/flow.h"

#include <algorithm>

#include "jetstream/bound.h"

namespace unified::jetstream {

FlowWatch::FlowWatch(ApiPort& port,
                     const std::vector<StreamSpec>& desired,
                     std::chrono::milliseconds timeout)
    : port_(port),
      timeout_(timeout) {
  for (const StreamSpec& spec : desired)
    for (const std::string& subject : subjects_of(spec.config))
      subjects_.push_back({spec.name, {.subject = subject}, false});
}

Result<void> FlowWatch::begin() {
  for (Subject& subject : subjects_) {
    auto newest = newest_message(port_, subject.stream, subject.newest.subject, timeout_);
    if (!newest)
      return Error{newest.error().message};
    subject.newest = *std::move(newest);
  }
  return {};
}

Result<void> FlowWatch::look() {
  for (Subject& subject : subjects_) {
    if (subject.flowing)
      continue;
    auto newest = newest_message(port_, subject.stream, subject.newest.subject, timeout_);
    if (!newest)
      return Error{newest.error().message};
    subject.flowing = newest->last_seq > subject.newest.last_seq;
    if (subject.flowing)
      subject.newest = *std::move(newest);
  }
  return {};
}

bool FlowWatch::all_flow() const {
  return std::ranges::all_of(subjects_, &Subject::flowing);
}

}  // namespace unified::jetstream
