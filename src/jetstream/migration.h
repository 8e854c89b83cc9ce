#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/result.h"
#include "base/server_version.h"
#include "jetstream/migration_journal.h"
#include "jetstream/plan.h"

namespace unified::jetstream {

/// What `migrate` starts from.
struct MigrationInput {
  StreamSpec desired;
  StreamState actual;
  std::vector<nlohmann::json> consumers;  ///< as CONSUMER.LIST describes them
  ServerVersion version;
  bool clustered = false;
  /// Bytes that streams in memory may still take; nothing: nobody knows.
  std::optional<std::int64_t> memory_left{};  // NOLINT(readability-redundant-member-init)
};

struct MigrationPlan {
  std::string stream;
  std::vector<FieldChange>
      changes;  ///< what `migrate` changes; the rest stays as the server has it
  MigrationMethod method = MigrationMethod::kRestore;
  nlohmann::json from;  ///< the server's configuration, whole
  nlohmann::json to;    ///< the same with the changes
  std::int64_t messages = 0;
  std::int64_t bytes = 0;
  std::int64_t room = 0;              ///< bytes needed on the store's file system meanwhile
  std::vector<std::string> warnings;  ///< what will not be as it was
};

/// Whether and how the immutable differences between a stream and its declaration can be brought
/// about without losing a message. The error says why not and what to do instead. Pure.
Result<MigrationPlan> plan_migration(const MigrationInput& input);

/// The same for consumers that were made since: why the migration can't go on with them.
std::optional<std::string> refused_since(const MigrationJournal& journal,
                                         const nlohmann::json& consumers,
                                         const ServerVersion& version);

nlohmann::json to_json(const MigrationPlan& plan);
/// The plan for people, lines with a final newline.
std::string to_text(const MigrationPlan& plan);

MigrationJournal begin_journal(const MigrationPlan& plan, bool keep_backup, std::string now);

}  // namespace unified::jetstream
