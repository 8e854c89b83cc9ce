#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/server_version.h"
#include "jetstream/migration_journal.h"
#include "jetstream/stream_digest.h"

namespace unified::jetstream {

/// A stream that is to be moved from one configuration to another.
struct WantedMove {
  const nlohmann::json& from;
  const nlohmann::json& to;
  MigrationMethod method;
  const std::vector<nlohmann::json>& consumers;  ///< as CONSUMER.LIST describes them
  ServerVersion version;
};

/// Why it can't be done without losing a message, and what to do instead; empty: it can. By what
/// 2.9.10, 2.10.27 and 2.15.1 do with snapshots.
std::string refused_stream(const nlohmann::json& config, bool clustered);
std::string refused_storage(std::string_view from, std::string_view to, ServerVersion version);
/// Why this message can't be put in place as the journal says.
std::string refused_record(const StoredRecord& record, const MigrationJournal& journal);
/// By its storage and consumers, which may have come since it was asked for.
std::string refused_move(const WantedMove& move);

}  // namespace unified::jetstream
