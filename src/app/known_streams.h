#pragma once

#include <string>

#include "app/provisioner.h"
#include "base/result.h"

namespace unified::app {

// A sidecar's memory of what the servers had, in RUN_DIR: a restart of ours must not make a stream
// anew that a server could not load. Both block on files.

/// Empty when nothing was kept yet; an error when what was kept can't be read.
Result<Provisioner::KnownStreams> read_known_streams(const std::string& run_dir);

Result<void> keep_known_streams(const std::string& run_dir, const Provisioner::KnownStreams& known);

}  // namespace unified::app
