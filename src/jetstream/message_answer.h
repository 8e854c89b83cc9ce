#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "jetstream/stream_digest.h"

namespace unified::jetstream {

/// From STREAM.MSG.GET's answer; nothing: there is no message of that sequence. An error: another
/// refusal, or no such answer at all.
Result<std::optional<StoredRecord>> parse_message(const std::string& payload);

}  // namespace unified::jetstream
