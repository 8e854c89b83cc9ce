#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "jetstream/inspect.h"
#include "jetstream/stream_spec.h"

namespace unified::jetstream {

/// Whether messages arrive at every declared subject: by the sequence of its newest message, so
/// that nothing is subscribed to and no consumer is made. A message that a work queue hands out
/// within one look's time is missed.
class FlowWatch {
 public:
  struct Subject {
    std::string stream;
    SubjectState newest;
    bool flowing = false;
  };

  FlowWatch(ApiPort& port,
            const std::vector<StreamSpec>& desired,
            std::chrono::milliseconds timeout);

  /// Remembers where every subject is now. Blocks: one request a subject.
  Result<void> begin();
  /// Looks at those that have not moved yet.
  Result<void> look();
  [[nodiscard]] bool all_flow() const;
  [[nodiscard]] const std::vector<Subject>& subjects() const { return subjects_; }

 private:
  ApiPort& port_;
  std::chrono::milliseconds timeout_;
  std::vector<Subject> subjects_;
};

}  // namespace unified::jetstream
