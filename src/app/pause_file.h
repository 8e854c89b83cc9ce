#pragma once

#include <string>

#include "base/result.h"
#include "jetstream/pauses.h"

namespace unified::app {

// Where the pauses are kept: in the store of our own server, else (a sidecar) in RUN_DIR. Both
// functions block on the file system.

std::string pause_file_in(const std::string& directory);

/// None when there is no file. The error names the file and says what to do.
Result<jetstream::Pauses> read_pauses(const std::string& file);

/// Replaces the file; it is on the disk when this returns.
Result<void> keep_pauses(const std::string& file, const jetstream::Pauses& pauses);

}  // namespace unified::app
