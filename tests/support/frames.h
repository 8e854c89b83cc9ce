#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace unified::test {

struct Frame {
  std::string subject;
  std::string payload;
};

/// The recorded exchange frames ($UNIFIED_FRAMES, else exchange_frames.ndjson.gz in ../shared/data
/// beside the checkout): orderbook, trade and open interest.
Result<std::vector<Frame>> recorded_frames();

/// `count` made-up frames of each of the five types that were not recorded.
std::vector<Frame> made_frames(int count);

}  // namespace unified::test
