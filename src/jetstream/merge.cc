#include "jetstream/merge.h"

#include <algorithm>

#include <fmt/format.h>

#include "jetstream/fields.h"

namespace unified::jetstream {
namespace {

/// The configuration as it would be after the applied changes.
class Outcome {
 public:
  Outcome(const nlohmann::json& config, std::vector<FieldChange>& fields)
      : config_(config),
        fields_(fields) {}

  [[nodiscard]] nlohmann::json value(std::string_view name) const {
    const FieldChange* change = applied(name);
    return change != nullptr ? change->to : value_in(*find_field(name), config_);
  }
  [[nodiscard]] std::int64_t number(std::string_view name) const {
    return value(name).get<std::int64_t>();
  }
  [[nodiscard]] bool flag(std::string_view name) const { return value(name) == true; }

  [[nodiscard]] bool changes(std::string_view name) const { return applied(name) != nullptr; }

  /// Takes our change back; false if the value is not ours.
  bool refuse(std::string_view name, std::string why) {
    FieldChange* change = applied(name);
    if (change == nullptr)
      return false;
    change->applied = false;
    change->change = Change::kImmutable;
    change->why = std::move(why);
    return true;
  }

  void follow(std::string_view name, nlohmann::json to) {
    fields_.push_back({.field = std::string{name},
                       .change = Change::kSafe,
                       .from = value(name),
                       .to = std::move(to),
                       .applied = true,
                       .at_stake = {},
                       .why = {}});
  }

 private:
  [[nodiscard]] FieldChange* applied(std::string_view name) const {
    const auto found = std::ranges::find_if(
        fields_, [&](const FieldChange& change) { return change.applied && change.field == name; });
    return found == fields_.end() ? nullptr : &*found;
  }

  const nlohmann::json& config_;
  std::vector<FieldChange>& fields_;
};

void settle_duplicate_window(const nlohmann::json& config, Outcome& outcome) {
  const std::int64_t max_age = outcome.number("max_age");
  const auto is_too_long = [&] {
    return max_age > 0 && outcome.number("duplicate_window") > max_age;
  };
  if (is_too_long() && outcome.changes("duplicate_window"))
    outcome.refuse("duplicate_window", fmt::format("must not be longer than max_age, which is {}",
                                                   show_value(*find_field("max_age"), max_age)));
  // A window that is in no JSON is the server's to choose.
  if (is_too_long() && config.contains("duplicate_window"))
    outcome.follow("duplicate_window", max_age);
}

void settle_discard_per_subject(Outcome& outcome) {
  if (!outcome.flag("discard_new_per_subject"))
    return;
  if (outcome.value("discard") == "new" && outcome.number("max_msgs_per_subject") > 0)
    return;
  if (outcome.refuse("discard_new_per_subject", "needs discard: new and max_msgs_per_subject > 0"))
    return;
  constexpr const char* kNeeded = "the stream has discard_new_per_subject, which needs it";
  if (outcome.value("discard") != "new")
    outcome.refuse("discard", kNeeded);
  if (outcome.number("max_msgs_per_subject") <= 0)
    outcome.refuse("max_msgs_per_subject", kNeeded);
}

void settle_rollup(Outcome& outcome) {
  if (!outcome.flag("allow_rollup_hdrs") || !outcome.flag("deny_purge"))
    return;
  if (!outcome.refuse("deny_purge", "allow_rollup_hdrs needs the purge permission"))
    outcome.refuse("allow_rollup_hdrs",
                   "needs the purge permission, and the stream has deny_purge");
}

}  // namespace

void settle_conflicts(const nlohmann::json& config, std::vector<FieldChange>& fields) {
  Outcome outcome{config, fields};
  settle_duplicate_window(config, outcome);
  settle_discard_per_subject(outcome);
  settle_rollup(outcome);
}

nlohmann::json merged_config(const nlohmann::json& config,
                             const std::vector<FieldChange>& fields,
                             const std::vector<std::string>& subjects) {
  nlohmann::json merged = config;
  for (const FieldChange& change : fields)
    if (change.applied && change.field != "subjects")
      merged[change.field] = change.to;
  if (!subjects.empty())
    merged["subjects"] = subjects;
  return merged;
}

}  // namespace unified::jetstream
