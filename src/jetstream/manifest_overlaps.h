#pragma once

#include <string>
#include <vector>

#include "jetstream/stream_spec.h"

namespace unified::jetstream {

/// What is wrong between streams: a name twice, overlapping subjects (the first of each). Each with
/// the origin of the later one.
std::vector<std::string> manifest_problems(const std::vector<StreamSpec>& streams);

}  // namespace unified::jetstream
