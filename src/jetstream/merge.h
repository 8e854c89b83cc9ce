#pragma once

#include <nlohmann/json.hpp>

#include "jetstream/plan.h"

namespace unified::jetstream {

/// Fields that a server checks against each other (10052) and would refuse the whole request for:
/// the change of ours that breaks the rule is taken back, with the reason; a server's
/// duplicate_window above a lowered max_age follows it. `config`: the server's; `{}` for a stream
/// to be created; `subjects`: what the stream will capture if that changes.
void settle_conflicts(const nlohmann::json& config,
                      const std::vector<std::string>& subjects,
                      std::vector<FieldChange>& fields);

/// The server's own JSON with the applied fields put in, so that nothing that we don't know falls
/// back to its default. `subjects`: empty leaves them alone (an update never sends an empty list:
/// the server would capture its own name).
nlohmann::json merged_config(const nlohmann::json& config,
                             const std::vector<FieldChange>& fields,
                             const std::vector<std::string>& subjects);

}  // namespace unified::jetstream
