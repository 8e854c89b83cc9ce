#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/server_version.h"
#include "jetstream/migration_journal.h"

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
std::string refused_storage(const WantedMove& move);
std::string refused_consumers(const WantedMove& move);
/// Messages that are published again under their sequences (MigrationMethod::kLoad).
std::string refused_load(const WantedMove& move);

}  // namespace unified::jetstream
