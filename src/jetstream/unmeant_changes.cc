#include "jetstream/unmeant_changes.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "jetstream/bound.h"
#include "jetstream/fields.h"

namespace unified::jetstream {
namespace {

/// What nat-server sets to fit another field (facts §1, §2).
const std::map<std::string_view, std::vector<std::string_view>>& consequences() {
  static const std::map<std::string_view, std::vector<std::string_view>> all{
      {"sealed", {"discard", "max_age", "deny_delete", "deny_purge", "allow_rollup_hdrs"}},
      {"subject_delete_marker_ttl", {"allow_msg_ttl", "allow_rollup_hdrs", "deny_purge"}},
      {"allow_msg_schedules", {"allow_rollup_hdrs"}},
      {"sources", {"duplicate_window", "subjects"}},
      {"mirror", {"duplicate_window", "subjects", "mirror_direct"}},
      {"max_age", {"duplicate_window"}},
      {"max_msgs_per_subject", {"allow_direct"}},
      {"num_replicas", {"placement"}},
      {"placement", {"num_replicas"}}};
  return all;
}

std::set<std::string_view> with_consequences(const std::set<std::string>& meant) {
  std::set<std::string_view> all{meant.begin(), meant.end()};
  for (const std::string& field : meant)
    if (const auto found = consequences().find(field); found != consequences().end())
      all.insert(found->second.begin(), found->second.end());
  return all;
}

bool is_limit(std::string_view field) {
  constexpr std::array<std::string_view, 4> kLimits{"max_msgs", "max_bytes", "max_age",
                                                    "max_msgs_per_subject"};
  return std::ranges::find(kLimits, field) != kLimits.end();
}

/// 0 and -1 are no limit.
bool is_tighter(const nlohmann::json& limit, const nlohmann::json& than) {
  const auto value = limit.get<std::int64_t>();
  const auto other = than.get<std::int64_t>();
  return value > 0 && (other <= 0 || value < other);
}

/// By meaning; a mirror has no subjects at all.
nlohmann::json meaning_of(const Field& field, const nlohmann::json& config) {
  if (field.kind == FieldKind::kSubjects)
    return subjects_of(config);
  return value_in(field, config);
}

bool is_same(const Field& field, const nlohmann::json& one, const nlohmann::json& other) {
  if (field.kind != FieldKind::kSubjects)
    return same_meaning(field, one, other);
  return std::ranges::is_permutation(one, other);
}

}  // namespace

std::set<std::string> fields_between(const nlohmann::json& one, const nlohmann::json& other) {
  std::set<std::string> fields;
  for (const Field& field : stream_fields())
    if (!is_same(field, meaning_of(field, one), meaning_of(field, other)))
      fields.emplace(field.name);
  return fields;
}

std::vector<FieldChange> unmeant_changes(const nlohmann::json& before,
                                         const nlohmann::json& after,
                                         const std::set<std::string>& meant) {
  const std::set<std::string_view> ours = with_consequences(meant);
  std::vector<FieldChange> changes;
  for (const Field& field : stream_fields()) {
    if (ours.contains(field.name))
      continue;
    nlohmann::json from = meaning_of(field, before);
    nlohmann::json to = meaning_of(field, after);
    if (!is_same(field, from, to))
      changes.push_back({.field = std::string{field.name},
                         .change = Change::kSafe,
                         .from = std::move(from),
                         .to = std::move(to)});
  }
  return changes;
}

nlohmann::json with_limits_raised(const nlohmann::json& after,
                                  const std::vector<FieldChange>& changes) {
  nlohmann::json raised = after;
  bool any = false;
  for (const FieldChange& change : changes)
    if (is_limit(change.field) && is_tighter(change.to, change.from)) {
      raised[change.field] = change.from;
      any = true;
    }
  return any ? raised : nlohmann::json{};
}

std::string show_changes(const std::vector<FieldChange>& changes) {
  std::vector<std::string> texts;
  texts.reserve(changes.size());
  for (const FieldChange& change : changes)
    texts.push_back(fmt::format("{} {}", change.field, show_values(change)));
  return fmt::format("{}", fmt::join(texts, ", "));
}

}  // namespace unified::jetstream
