#pragma once

#include <cstdint>

#include <nlohmann/json.hpp>

#include "jetstream/migration_journal.h"

namespace unified::jetstream {

/// The state of a stream, of its INFO, without what the clock changes: as long as it is the same
/// for the same `created`, nothing was stored and nothing has gone.
nlohmann::json settled_state(const nlohmann::json& info);

enum class SealedVerdict : std::uint8_t {
  kHeld,       ///< the backup holds exactly what it holds
  kMoved,      ///< the backup holds all of it; its consumers went on since
  kSaveAgain,  ///< it holds more, or something was deleted from it: the backup is to be made anew
};

/// What the backup of `journal` is worth for the stream that it was made of (the same `created`)
/// and that is sealed now. `consumers`: as settled() has them. By what a sealed stream does (2.9.10
/// to 2.15.1): nothing can be stored in it; acknowledgements still remove messages where the
/// retention says so, and move floors. Pure.
SealedVerdict judge_sealed(const MigrationJournal& journal,
                           const nlohmann::json& state,
                           const nlohmann::json& consumers);

/// Whether something beside publishers feeds the stream: nats-server 2.9 goes on with that when it
/// is sealed.
bool is_fed(const nlohmann::json& config);

}  // namespace unified::jetstream
