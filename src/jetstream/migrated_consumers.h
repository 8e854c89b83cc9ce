#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "jetstream/migration_journal.h"

namespace unified::jetstream {

/// Where a consumer stands, of its description in CONSUMER.LIST.
struct ConsumerPosition {
  std::int64_t delivered = 0;           ///< stream sequence
  std::int64_t delivered_consumer = 0;  ///< consumer sequence: how often it delivered at all
  std::int64_t ack_floor = 0;           ///< stream sequence
  std::int64_t pending = 0;             ///< stored and not delivered
  std::int64_t ack_pending = 0;         ///< delivered and not acknowledged
};
ConsumerPosition position_of(const nlohmann::json& consumer);

/// The descriptions without what changes by itself (times, who waits), by name: equal as long as
/// nobody consumed. A list.
nlohmann::json settled(const nlohmann::json& consumers);

/// Whether a consumer is not part of the server's snapshots and has to be made anew.
bool is_made_anew(const nlohmann::json& consumer, MigrationMethod method);

/// Whether at least one of `before` has been given, or has acknowledged, more in `after`.
bool have_moved_on(const nlohmann::json& before, const nlohmann::json& after);

/// Whether `after` still owes its clients all that `before` did; the reason if not. Consumers that
/// were made anew may be at their ack floor. `may_move`: clients may have consumed meanwhile.
std::optional<std::string> consumer_loss(const nlohmann::json& before,
                                         const nlohmann::json& after,
                                         MigrationMethod method,
                                         bool may_move);

}  // namespace unified::jetstream
