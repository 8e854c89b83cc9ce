#pragma once

#include <functional>
#include <string>

#include "app/stream_transfer.h"
#include "jetstream/stream_digest.h"

namespace unified::app {

/// The consumer that reads a stream; not counted among those of others.
inline constexpr const char* kReaderName = "unified-migrating";

/// Every message of a stream in order, once; the stream must not change meanwhile, and it and its
/// consumers stay as they are. `visit`'s error ends it. By an ephemeral consumer where that can't
/// change anything (retention limits, and room for one), else message by message.
using RecordVisitor = std::function<Transfer<void>(const jetstream::StoredRecord& record)>;
Transfer<void> read_stream(const Conversation& talk,
                           const std::string& stream,
                           const RecordVisitor& visit);

/// What it holds.
Transfer<jetstream::StreamDigest> digest_stream(const Conversation& talk,
                                                const std::string& stream);

}  // namespace unified::app
