#pragma once

#include <cstdint>
#include <string>

#include "app/stream_transfer.h"
#include "jetstream/stream_digest.h"

namespace unified::app {

/// Whether the times at which messages were stored count.
enum class Times : std::uint8_t { kCount, kIgnored };

/// Whether `backup`'s stream of that name holds every message that `live`'s holds, the same under
/// the same sequence. Nothing may be stored in either meanwhile; messages may go from `live`'s.
/// What fills the place of deleted messages while a stream is loaded does not count. Blocks.
Transfer<bool> is_contained(const Conversation& live,
                            const Conversation& backup,
                            const std::string& stream,
                            Times times);

/// The digest of a stream's messages up to the sequence `last`, whatever comes after them. Blocks.
Transfer<jetstream::StreamDigest> digest_up_to(const Conversation& talk,
                                               const std::string& stream,
                                               std::uint64_t last);

}  // namespace unified::app
