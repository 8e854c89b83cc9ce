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
    to_tell_.clear();
    return;
  }
  const auto reasons = health::not_ready_reasons(facts);
  const bool was_ready = std::exchange(ready_, reasons.empty());
  if (was_ready && !ready_) {
    told_ = true;
    log_.warn("not ready any more: {}", fmt::join(reasons, "; "));
  } else if (ready_ && !to_tell_.empty()) {
    told_ = false;
    log_.info("{}", std::exchange(to_tell_, {}));
  } else if (ready_ && std::exchange(told_, false)) {
    log_.info("ready again");
  }
}

void ReadinessLog::provisioned(const health::Snapshot& facts, std::string words) {
  const auto reasons = health::not_ready_reasons(facts);
  to_tell_ = std::move(words);
  if (!reasons.empty() && facts.server_running && !facts.stopping)
    log_.warn("not ready: {}", fmt::join(reasons, "; "));
  note(facts);
}

}  // namespace unified::app
