#pragma once

#include <string>
#include <vector>

#include "jetstream/stream_spec.h"

namespace unified::jetstream {

/// The subjects of a configuration as the server or the manifest has them; empty when there are
/// none.
std::vector<std::string> subjects_of(const nlohmann::json& config);

/// The declared subjects that their own stream does not capture, in manifest order: neither listed
/// nor covered by a wider pattern of that stream. Empty: ready, as far as subjects go.
std::vector<std::string> unbound_subjects(const std::vector<StreamSpec>& desired,
                                          const std::vector<StreamState>& actual);

}  // namespace unified::jetstream
