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

// All block on files but file_of().

/// A record as it is written.
struct RecordFile {
  std::string name;  ///< nats-server-TIME-INCARNATION-KIND.json
  std::string text;
};
RecordFile file_of(const FlightRecord& record);

/// Put the record there (0600, the folder 0700; in the store only where STORE_DIR is a directory)
/// and remove all but the newest 20. Return its path.
Result<std::string> keep_in_run_dir(const BlackBoxPlaces& places, const RecordFile& file);
Result<std::string> keep_in_store(const BlackBoxPlaces& places, const RecordFile& file);

/// What summary_of() gave for the newest file, with "file"; nothing when there is none.
std::optional<nlohmann::ordered_json> newest_record(const BlackBoxPlaces& places);

}  // namespace unified::app
