#pragma once

#include <vector>

#include "jetstream/stream_spec.h"

namespace unified::jetstream {

/// The streams that the old broker service made by itself (the preset `broker`), then `declared`;
/// its own of the same name give way.
std::vector<StreamSpec> with_services_own(const std::vector<StreamSpec>& declared);

}  // namespace unified::jetstream
