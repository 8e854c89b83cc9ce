#pragma once

#include "jetstream/store.h"

namespace unified::jetstream {

/// Whether the streams are where this start looks for them: somewhere else instead (an error),
/// emptied, or about to be moved by nats-server (warnings). Pure.
void check_places(const StoreFacts& disk, PreflightReport& report);

}  // namespace unified::jetstream
