#include "app/readiness_log.h"

#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "health/assess.h"

namespace unified::app {

void ReadinessLog::note(const health::Snapshot& facts) {
  if (facts.stopping || !facts.server_running || !facts.server_was_ready) {
    ready_ = false;
    told_ = false;
    return;
  }
  const auto reasons = health::not_ready_reasons(facts);
  const bool was_ready = std::exchange(ready_, reasons.empty());
  if (was_ready && !ready_) {
    told_ = true;
    log_.warn("not ready any more: {}", fmt::join(reasons, "; "));
  } else if (ready_ && std::exchange(told_, false)) {
    log_.info("ready again");
  }
}

}  // namespace unified::app
