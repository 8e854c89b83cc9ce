#pragma once

#include "app/failure.h"
#include "app/preparation.h"
#include "base/result.h"
#include "config/load.h"
#include "os/environ.h"

namespace unified::app {

/// prepare() for a sidecar (AUTO_START_NATS=false): manifest, client, RUN_DIR's places. What
/// belongs to a nats-server of ours stays empty: no binary, no nats.conf, no NATS_LOG_FILE. Writes
/// nothing.
Result<Preparation, Failure> prepare_sidecar(config::Loaded loaded,
                                             const os::Environment& environment);

}  // namespace unified::app
