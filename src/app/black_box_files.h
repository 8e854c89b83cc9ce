#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "app/flight_record.h"
#include "base/result.h"

namespace unified::app {

/// Where the black box keeps its files: RUN_DIR/black-box and STORE_DIR/unified-nats-black-box,
/// beside nats-server's own folder `jetstream`, never in it.
struct BlackBoxPlaces {
  std::string run_dir;
  std::string store_dir;  ///< empty: no store
};

// All block on files.

/// Puts the record into both places (0600, folders 0700; the store's copy only where STORE_DIR is a
/// directory that can be written) and removes all but the newest 20 of each. The path of the first
/// that worked; an error when none did.
Result<std::string> keep_record(const BlackBoxPlaces& places, const FlightRecord& record);

/// What summary_of() gave for the newest file, with "file"; nothing when there is none.
std::optional<nlohmann::ordered_json> newest_record(const BlackBoxPlaces& places);

}  // namespace unified::app
