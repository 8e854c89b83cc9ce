#include "jetstream/field_rules.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace unified::jetstream {
namespace {

/// What the server sets itself on a sealed stream (facts §1).
bool is_set_by_sealing(std::string_view field) {
  constexpr std::array<std::string_view, 5> kForced{"discard", "max_age", "deny_delete",
                                                    "deny_purge", "allow_rollup_hdrs"};
  return std::ranges::find(kForced, field) != kForced.end();
}

Verdict sealed_keeps_it() {
  return {.change = Change::kImmutable,
          .at_stake = {},
          .why = "the stream is sealed, and the server keeps this as it is; declare sealed: true"};
}

bool is_permitted(Change change, const Allowed& allowed) {
  return change == Change::kSafe || (change == Change::kLossy && allowed.lossy) ||
         (change == Change::kIrreversible && allowed.irreversible);
}

std::string way_out(const Verdict& verdict,
                    const Field& field,
                    const Permit& permit,
                    const FieldChange& change) {
  if (verdict.change == Change::kImmutable)
    return verdict.why;
  const std::string_view permission = verdict.change == Change::kLossy ? "lossy" : "irreversible";
  const std::string who = is_permitted(verdict.change, permit.by_all)
                              ? fmt::format("the object's own allow: has {}", permission)
                              : fmt::format("RECONCILE_ALLOW={}", permission);
  return fmt::format("{}{}the server's value stays until {}; or set {} again", verdict.why,
                     verdict.why.empty() ? "" : "; ", who, show_value(field, change.from));
}

}  // namespace

void settle(const Verdict& verdict, const Field& field, const Permit& permit, FieldChange& change) {
  change.change = verdict.change;
  change.at_stake = verdict.at_stake;
  change.applied = is_permitted(verdict.change, permit.effective);
  change.why = change.applied ? std::string{} : way_out(verdict, field, permit, change);
}

void refuse_unknown(const Field& field,
                    const Need& need,
                    ServerVersion version,
                    FieldChange& change) {
  const bool whole = need.name == field.name;
  change.change = Change::kImmutable;
  change.applied = false;
  change.why =
      fmt::format("nats-server {} does not know {} (since {}.{} it does); {}, or upgrade",
                  to_text(version), whole ? "it" : need.name, need.since.major, need.since.minor,
                  whole ? fmt::format("set {}", show_value(field, normalized(field, nullptr)))
                        : std::string{"leave that out"});
  const bool only_at_birth =
      field.classify == classify_create_only || field.classify == classify_first_seq;
  if (only_at_birth)
    change.why += "; a stream that was created without it can't get it later";
}

std::optional<FieldChange> FieldRules::at_creation(const Field& field,
                                                   const StreamSpec& spec) const {
  StreamState nothing;
  nothing.config = nlohmann::json::object();
  FieldChange change{.field = std::string{field.name},
                     .change = Change::kCreate,
                     .from = nullptr,
                     .to = value_in(field, spec.config),
                     .applied = true,
                     .at_stake = {},
                     .why = {}};
  if (is_unknown_to_server(field, change.to)) {
    if (!is_set(field, change.to))
      return std::nullopt;
    refuse_unknown(field, need_of(field, change.to), actual_.version, change);
    return change;
  }
  if (change.to.is_structured() && change.to.empty())
    return std::nullopt;
  if (field.classify_create == nullptr)
    return change;
  const Verdict verdict = field.classify_create(context(change, nothing, spec));
  if (verdict.change == Change::kImmutable)
    settle(verdict, field, permit_, change);
  return change;
}

std::optional<FieldChange> FieldRules::at_update(const Field& field,
                                                 const StreamSpec& spec,
                                                 const StreamState& state) const {
  FieldChange change{.field = std::string{field.name},
                     .change = Change::kSafe,
                     .from = value_in(field, state.config),
                     .to = value_in(field, spec.config),
                     .applied = false,
                     .at_stake = {},
                     .why = {}};
  if (same_meaning(field, change.from, change.to) || is_settled_by_sealing(field, spec, state))
    return std::nullopt;
  if (is_unknown_to_server(field, change.to))
    refuse_unknown(field, need_of(field, change.to), actual_.version, change);
  else if (is_set_by_sealing(field.name) && value_in(*find_field("sealed"), state.config) == true)
    settle(sealed_keeps_it(), field, permit_, change);
  else
    settle(field.classify(context(change, state, spec)), field, permit_, change);
  return change;
}

/// Who declares a stream sealed gets those fields as the server sets them.
bool FieldRules::is_settled_by_sealing(const Field& field,
                                       const StreamSpec& spec,
                                       const StreamState& state) const {
  const Field& sealed = *find_field("sealed");
  return is_set_by_sealing(field.name) && value_in(sealed, spec.config) == true &&
         (permit_.effective.irreversible || value_in(sealed, state.config) == true);
}

FieldContext FieldRules::context(const FieldChange& change,
                                 const StreamState& state,
                                 const StreamSpec& spec) const {
  return {.from = change.from,
          .to = change.to,
          .state = state,
          .spec = spec,
          .version = actual_.version,
          .clustered = actual_.clustered,
          .now_unix_ns = now_unix_ns_};
}

bool FieldRules::is_unknown_to_server(const Field& field, const nlohmann::json& value) const {
  return actual_.version < need_of(field, value).since;
}

}  // namespace unified::jetstream
