#pragma once

#include "app/stream_transfer.h"
#include "jetstream/migration_journal.h"
#include "jetstream/stream_digest.h"

namespace unified::app {

/// Makes the stream of `journal.to` (jetstream::loading_config) by publishing every message of
/// `source`'s stream of that name to `target` under its old sequence, and its durable consumers,
/// each when the stream is at its ack floor. The target has no stream of that name. Returns the
/// digest of what was read.
Transfer<jetstream::StreamDigest> load_stream(const Conversation& source,
                                              const Conversation& target,
                                              const jetstream::MigrationJournal& journal);

}  // namespace unified::app
