#pragma once

#include <string>
#include <vector>

#include "app/failure.h"
#include "base/result.h"
#include "base/server_version.h"
#include "config/settings.h"
#include "jetstream/store.h"

namespace unified::app {

/// What the comparison of a configuration with the store on the disk found.
struct StoreCheck {
  jetstream::Wanted wanted;  ///< for the store's marker
  std::vector<std::string> warnings;
  bool copy_meta = false;  ///< to be done before the server starts (jetstream::check_upgrade)
  bool first_use = false;  ///< no stream of any account is there, and no marker
};

/// Whether these settings and streams can run on what is in JETSTREAM_STORE_DIR now (the pre-flight
/// of DESIGN.md, "Streams"): exit 78 with what is wrong. Reads the store's folders and marker, so
/// it may block for as long as the disk takes; changes nothing. `run_dir` remembers which store was
/// used last.
Result<StoreCheck, Failure> check_store(const config::Settings& settings,
                                        const std::vector<jetstream::StreamSpec>& streams,
                                        ServerVersion version,
                                        const std::string& run_dir);

}  // namespace unified::app
