#pragma once

#include <string>

#include "health/snapshot.h"
#include "observe/log.h"

namespace unified::app {

/// Tells the log when a running broker stops being ready, with the reasons, and when it is ready
/// again. Starts and ends of the server are the supervisor's to tell.
class ReadinessLog {
 public:
  explicit ReadinessLog(observe::Log& log) : log_(log) {}

  void note(const health::Snapshot& facts);
  /// The streams are in place for the first time in this incarnation: whoever waits for it reads
  /// here that the broker is ready (`words`), once it is, or why it is not.
  void provisioned(const health::Snapshot& facts, std::string words);

 private:
  observe::Log& log_;
  bool ready_ = false;
  bool told_ = false;    ///< that it is not
  std::string to_tell_;  ///< that it is ready for the first time; empty: that is told
};

}  // namespace unified::app
