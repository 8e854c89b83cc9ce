#pragma once

#include <string>

#include "app/held_streams.h"
#include "base/result.h"
#include "jetstream/pauses.h"

namespace unified::app {

// Where the pauses are kept: in the store of our own server, else (a sidecar) in RUN_DIR. Both
// functions block on the file system.

std::string pause_file_in(const std::string& directory);

/// The pauses that are kept in `file` now, given to `held`, too. Those that `held` knew are written
/// again when somebody has removed the file: only `resume` and their end make a pause go away. None
/// when there never was a file. The error names the file and says what to do; `held` has it, too,
/// and then no declared stream may be touched. Both are called on one thread, the worker.
Result<jetstream::Pauses> read_pauses(const std::string& file, HeldStreams& held);

/// Replaces the file; it is on the disk, and `held` knows it, when this returns without an error.
Result<void> keep_pauses(const std::string& file,
                         const jetstream::Pauses& pauses,
                         HeldStreams& held);

}  // namespace unified::app
