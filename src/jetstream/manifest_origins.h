#pragma once

#include <string>
#include <vector>

#include "jetstream/stream_spec.h"

namespace unified::jetstream {

/// What is wrong with where a stream's messages come from and go to: mirror, sources,
/// subject_transform, republish. What a server would refuse late, or (2.9) take and not carry out.
void check_origins(const StreamSpec& spec, std::vector<std::string>& problems);

}  // namespace unified::jetstream
