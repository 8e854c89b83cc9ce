#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/settings.h"
#include "jetstream/store.h"

namespace unified::app {

/// Our own memory of a store: the marker inside it, and in RUN_DIR which store was used last. All
/// functions block on files.

/// RECONCILE_ALLOW in the plan's words.
jetstream::Allowed allowed_from(const std::vector<config::Allow>& allow);

/// The marker of the store; nothing when there is none. An error: it is there and can't be read.
Result<std::optional<jetstream::StoreMarker>> read_marker(const std::string& store_dir);

/// What is about to run, for jetstream::preflight. `marker` gives the salt for the key's
/// fingerprint.
Result<jetstream::Wanted> wanted_from(const config::Settings& settings,
                                      ServerVersion version,
                                      const std::vector<jetstream::StreamSpec>& streams,
                                      const std::optional<jetstream::StoreMarker>& marker);

/// Everything that preflight looks at on disk. Other stores are looked for only when this one holds
/// nothing yet: the store that RUN_DIR remembers, the default place (as PID 1), and one folder
/// level up and down.
Result<jetstream::StoreFacts> store_facts(bool count_bytes,
                                          const std::string& store_dir,
                                          const std::string& run_dir);

/// Writes a marker that knows only the server: for an encrypted store that has no stream yet.
Result<void> note_version(const std::string& store_dir, ServerVersion version);

/// After the streams are in place: what this store is now, and that it is the one in use.
Result<void> remember_store(const std::string& store_dir,
                            const std::string& run_dir,
                            const jetstream::StoreMarker& marker);

}  // namespace unified::app
