#include <string>

#include <fmt/format.h>

#include "base/parse.h"
#include "jetstream/migration.h"

namespace unified::jetstream {

nlohmann::json to_json(const MigrationPlan& plan) {
  nlohmann::json changes = nlohmann::json::array();
  for (const FieldChange& change : plan.changes)
    changes.push_back({{"field", change.field}, {"from", change.from}, {"to", change.to}});
  return {{"stream", plan.stream},     {"changes", std::move(changes)},
          {"messages", plan.messages}, {"bytes", plan.bytes},
          {"room", plan.room},         {"warnings", plan.warnings},
          {"text", to_text(plan)}};
}

std::string to_text(const MigrationPlan& plan) {
  std::string text = fmt::format("stream {}: {} messages, {}\n", plan.stream, plan.messages,
                                 format_bytes(plan.bytes));
  for (const FieldChange& change : plan.changes)
    text += fmt::format("  {}: {}\n", change.field, show_values(change));
  text += fmt::format("  room needed on the disk meanwhile: {}\n", format_bytes(plan.room));
  for (const std::string& warning : plan.warnings)
    text += "  note: " + warning + "\n";
  return text;
}

}  // namespace unified::jetstream
