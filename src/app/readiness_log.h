#pragma once

#include "health/snapshot.h"
#include "observe/log.h"

namespace unified::app {

/// Tells the log when a running broker stops being ready, with the reasons, and when it is ready
/// again. Starts and ends of the server are the supervisor's to tell.
class ReadinessLog {
 public:
  explicit ReadinessLog(observe::Log& log) : log_(log) {}

  void note(const health::Snapshot& facts);

 private:
  observe::Log& log_;
  bool ready_ = false;
  bool told_ = false;  ///< that it is not
};

}  // namespace unified::app
