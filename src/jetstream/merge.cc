#include "jetstream/merge.h"

#include <algorithm>

#include <fmt/format.h>

#include "jetstream/bound.h"
#include "jetstream/field_clashes.h"
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

  /// takes_part() of a field that may well be nowhere.
  [[nodiscard]] bool has_part(std::string_view name) const {
    return (changes(name) || config_.contains(name)) && takes_part(name, value(name));
  }

  [[nodiscard]] bool changes(std::string_view name) const { return applied(name) != nullptr; }

  /// Takes our change back; false if the value is not ours.
  bool refuse(std::string_view name, std::string why) {
    FieldChange* change = applied(name);
    if (change == nullptr)
      return false;
    change->applied = false;
    change->change = Change::kImmutable;
    change->at_stake.clear();
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

/// A window that is as long as a max_age which may not come was only cut to fit it.
void keep_window_with_a_refused_age(std::vector<FieldChange>& fields) {
  const auto change = [&](std::string_view name) {
    const auto found = std::ranges::find(fields, name, &FieldChange::field);
    return found == fields.end() ? nullptr : &*found;
  };
  const FieldChange* age = change("max_age");
  FieldChange* window = change("duplicate_window");
  if (age == nullptr || age->applied || window == nullptr || !window->applied ||
      !window->from.is_number() || window->to != age->to || window->to >= window->from)
    return;
  window->applied = false;
  window->change = age->change;
  window->why = fmt::format("it goes with max_age, which stays {}",
                            show_value(*find_field("max_age"), age->from));
}

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

/// What the server forces while another field is on: it takes a request that says otherwise, and
/// changes nothing.
void settle_forced(Outcome& outcome) {
  if (outcome.flag("allow_rollup_hdrs"))
    return;
  for (const char* cause : {"subject_delete_marker_ttl", "allow_msg_schedules"})
    if (outcome.has_part(cause) && !outcome.changes(cause))
      outcome.refuse("allow_rollup_hdrs", fmt::format("{} needs it; set it to true", cause));
}

void settle_clashes(Outcome& outcome) {
  for (const Clash& clash : field_clashes()) {
    const bool both = outcome.has_part(clash.one) && outcome.has_part(clash.other);
    if (both && !outcome.refuse(clash.one, std::string{clash.why}))
      outcome.refuse(clash.other, std::string{clash.why});
  }
}

/// A stream that nothing feeds any more would capture its own name.
void settle_origins(const nlohmann::json& config,
                    const std::vector<std::string>& subjects,
                    Outcome& outcome) {
  const bool fed = !subjects.empty() || !outcome.value("mirror").empty() ||
                   !outcome.value("sources").empty() || !subjects_of(config).empty();
  if (fed)
    return;
  for (const char* origin : {"sources", "mirror"})
    outcome.refuse(origin, "nothing would feed the stream any more; declare subjects");
}

nlohmann::json merged_map(const nlohmann::json& actual, const nlohmann::json& to) {
  nlohmann::json map = to;
  for (const auto& [key, value] : actual.items())
    if (key.starts_with("_nats."))
      map[key] = value;
  return map;
}

nlohmann::json as_the_server_has_it(const Field& field,
                                    const nlohmann::json& config,
                                    const nlohmann::json& wanted) {
  const nlohmann::json actual = config.value(field.name, nlohmann::json::array());
  for (const nlohmann::json& one : actual)
    if (normalized(field, nlohmann::json::array({one})).front() == wanted)
      return one;
  return wanted;
}

/// Object lists: what the server has already stays as the server wrote it.
nlohmann::json merged_value(const Field& field,
                            const nlohmann::json& config,
                            const nlohmann::json& to) {
  if (field.kind == FieldKind::kMap)
    return merged_map(config.value(field.name, nlohmann::json::object()), to);
  if (field.kind != FieldKind::kObjects)
    return to;
  nlohmann::json list = nlohmann::json::array();
  for (const nlohmann::json& wanted : to)
    list.push_back(as_the_server_has_it(field, config, wanted));
  return list;
}

void put(const Field& field,
         const nlohmann::json& to,
         const nlohmann::json& config,
         nlohmann::json& merged) {
  nlohmann::json value = merged_value(field, config, to);
  if (value.is_structured() && value.empty())
    merged.erase(std::string{field.name});
  else
    merged[std::string{field.name}] = std::move(value);
}

}  // namespace

void settle_conflicts(const nlohmann::json& config,
                      const std::vector<std::string>& subjects,
                      std::vector<FieldChange>& fields) {
  Outcome outcome{config, fields};
  keep_window_with_a_refused_age(fields);
  settle_duplicate_window(config, outcome);
  settle_discard_per_subject(outcome);
  settle_clashes(outcome);
  settle_forced(outcome);
  settle_origins(config, subjects, outcome);
}

nlohmann::json merged_config(const nlohmann::json& config,
                             const std::vector<FieldChange>& fields,
                             const std::vector<std::string>& subjects) {
  nlohmann::json merged = config;
  for (const FieldChange& change : fields)
    if (change.applied && change.field != "subjects")
      put(*find_field(change.field), change.to, config, merged);
  if (!subjects.empty())
    merged["subjects"] = subjects;
  return merged;
}

}  // namespace unified::jetstream
