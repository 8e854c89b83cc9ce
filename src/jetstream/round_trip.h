#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"
#include "jetstream/api_port.h"

namespace unified::jetstream {

/// Where `verify --publish` publishes; nobody else's subjects begin so.
constexpr std::string_view kVerifyPrefix = "unified-verify.";

/// Stores one message in a memory stream made for it, reads it back, compares, and removes that
/// stream again. `token` is random, so that name and subject can be nobody else's; no other stream
/// is asked for anything. Left behind by a crash, the stream holds at most 4 KiB for a minute.
/// Returns how long store and read took.
Result<std::chrono::microseconds> stored_round_trip(ApiPort& port,
                                                    const std::string& token,
                                                    std::chrono::milliseconds timeout);

}  // namespace unified::jetstream
