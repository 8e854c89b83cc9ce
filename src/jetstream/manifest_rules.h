#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jetstream/stream_spec.h"

namespace unified::jetstream {

/// `[A-Za-z0-9_-]`, 1 to 255: narrower than the server's own rule, which takes control bytes (facts
/// §3).
bool is_valid_stream_name(std::string_view name);

/// Why a stream must not capture it; nothing if it may. `no_ack`: a stream without acks may capture
/// everything.
std::optional<std::string> subject_problem(std::string_view subject, bool no_ack);

/// What is wrong between the fields of one stream. Each without its origin.
std::vector<std::string> stream_problems(const StreamSpec& declared);

}  // namespace unified::jetstream
