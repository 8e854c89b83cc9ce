#include "jetstream/plan.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string_view>

#include <fmt/format.h>

#include "jetstream/bound.h"
#include "jetstream/captured.h"
#include "jetstream/consumer_plan.h"
#include "jetstream/field_rules.h"
#include "jetstream/fields.h"
#include "jetstream/given_subjects.h"
#include "jetstream/merge.h"
#include "jetstream/parked_stream.h"
#include "jetstream/subject_changes.h"

namespace unified::jetstream {
namespace {

bool has_applied(const std::vector<FieldChange>& fields, std::string_view name) {
  return std::ranges::any_of(
      fields, [&](const FieldChange& change) { return change.applied && change.field == name; });
}

class Planner {
 public:
  Planner(const Actual& actual, const Allowed& allowed, std::int64_t now_unix_ns)
      : actual_(actual),
        allowed_(allowed),
        now_unix_ns_(now_unix_ns),
        states_(states_by_name(actual.streams)) {
    for (const UnloadedStream& stream : actual.unloaded)
      unloaded_.emplace(stream.name, &stream);
  }

  Plan plan(const Declarations& declarations) {
    const std::vector<StreamSpec>& desired = declarations.streams;
    GivenSubjects given{desired, actual_, states_, allowed_};
    given_ = &given;
    for (const StreamSpec& spec : desired)
      specs_.emplace(spec.name, &spec);
    do
      plan_declared(desired);
    while (!given.agrees(plan_));
    add_left_alone();
    add_unmanaged(desired);
    plan_.consumers = plan_consumers(declarations.consumers, actual_, allowed_, plan_.streams);
    return std::move(plan_);
  }

 private:
  void plan_declared(const std::vector<StreamSpec>& desired) {
    plan_.streams.clear();
    plan_.streams.reserve(std::max(desired.size(), actual_.streams.size()));
    captured_.emplace(actual_.streams);
    given_->foresee(*captured_);
    for (const StreamSpec& spec : desired) {
      plan_.streams.push_back(declared(spec));
      const StreamPlan& planned = plan_.streams.back();
      if (!planned.request.is_null())
        captured_->becomes(planned.name, subjects_of(planned.request));
    }
  }

  StreamPlan declared(const StreamSpec& spec) {
    StreamPlan stream{.name = spec.name,
                      .change = Change::kKeep,
                      .fields = {},
                      .request = nullptr,
                      .declared_subjects = subjects_of(spec.config),
                      .note = {}};
    const StreamState* state = find_state(states_, spec.name);
    const auto unloaded = unloaded_.find(spec.name);
    if (state != nullptr && is_parked(state->config))
      leave_alone(stream);
    else if (state != nullptr)
      update(spec, *state, stream);
    else if (unloaded != unloaded_.end())
      hands_off(*unloaded->second, stream);
    else
      create(spec, stream);
    return stream;
  }

  static void leave_alone(StreamPlan& stream) {
    stream.change = Change::kMigrating;
    stream.note = parked_note(stream.name);
  }

  static void hands_off(const UnloadedStream& unloaded, StreamPlan& stream) {
    stream.change = Change::kUnloaded;
    stream.note = fmt::format(
        "the server does not have it, and it is not created anew, which could destroy stored "
        "messages: {}; see the server's log for the cause, repair it and restart",
        unloaded.evidence);
  }

  void create(const StreamSpec& declared, StreamPlan& stream) {
    const StreamSpec spec = as_created(declared);
    StreamState nothing;
    nothing.config = nlohmann::json::object();
    const Permit permit{allowed_, spec.allow};
    const FieldRules rules{actual_, permit, now_unix_ns_};
    const SubjectChanges subjects =
        change_subjects(stream.declared_subjects, {}, rivals_of(spec.name), {});
    for (const Field& field : stream_fields())
      if (field.kind == FieldKind::kSubjects)
        append(stream.fields, subjects.changes);
      else if (is_declared(field, spec))
        take(rules.at_creation(field, spec), stream.fields);
    for (FieldChange& change : stream.fields)
      if (change.applied)
        change.change = Change::kCreate;
    settle_conflicts(nothing.config, subjects.result, stream.fields);
    stream.change = Change::kCreate;
    // With nothing that feeds it the server would capture the stream's own name.
    const bool is_fed = !subjects.result.empty() || has_applied(stream.fields, "mirror") ||
                        has_applied(stream.fields, "sources");
    if (is_fed)
      stream.request = merged_config(nlohmann::json::object({{"name", spec.name}}), stream.fields,
                                     subjects.result);
  }

  /// A window of 0 leaves the choice to the server, whatever it is.
  static bool is_declared(const Field& field, const StreamSpec& spec) {
    const auto found = spec.config.find(field.name);
    return found != spec.config.end() && !(field.name == "duplicate_window" && *found == 0);
  }

  void update(const StreamSpec& spec, const StreamState& state, StreamPlan& stream) const {
    const FieldRules rules{actual_, {allowed_, spec.allow}, now_unix_ns_};
    std::vector<std::string> subjects;
    for (const Field& field : stream_fields()) {
      if (!is_declared(field, spec))
        continue;
      if (field.kind == FieldKind::kSubjects)
        subjects = update_subjects(spec, state, stream.fields);
      else
        take(rules.at_update(field, spec, state), stream.fields);
    }
    settle_conflicts(state.config, subjects, stream.fields);
    for (const FieldChange& change : stream.fields)
      stream.change = std::max(stream.change, change.change);
    if (std::ranges::any_of(stream.fields, &FieldChange::applied))
      stream.request = merged_config(state.config, stream.fields, subjects);
  }

  std::vector<std::string> update_subjects(const StreamSpec& spec,
                                           const StreamState& state,
                                           std::vector<FieldChange>& fields) const {
    const std::vector<std::string> declared = subjects_of(spec.config);
    if (declared.empty())
      return {};
    if (state.config.contains("mirror") && !has_applied(fields, "mirror")) {
      fields.push_back(
          {.field = "subjects",
           .change = Change::kImmutable,
           .from = nullptr,
           .to = declared,
           .applied = false,
           .at_stake = {},
           .why = "the stream on the server is a mirror: it has no subjects of its own"});
      return {};
    }
    const SubjectChanges changes = change_subjects(
        declared, subjects_of(state.config), rivals_of(spec.name), given_->surrender_of(spec));
    append(fields, changes.changes);
    const bool applied = std::ranges::any_of(changes.changes, &FieldChange::applied);
    return applied ? changes.result : std::vector<std::string>{};
  }

  [[nodiscard]] RivalOf rivals_of(const std::string& name) const {
    return [this, name](const std::string& subject) {
      auto rival = captured_->rival(subject, name);
      if (rival) {
        const auto spec = specs_.find(rival->stream);
        rival->is_declared =
            spec == specs_.end() ||
            std::ranges::count(subjects_of(spec->second->config), rival->subject) > 0;
      }
      return rival;
    };
  }

  void add_left_alone() {
    for (const auto& [name, why] : actual_.left_alone)
      plan_.streams.push_back({.name = name,
                               .change = Change::kLeftAlone,
                               .fields = {},
                               .request = nullptr,
                               .declared_subjects = {},
                               .note = "it " + why});
  }

  void add_unmanaged(const std::vector<StreamSpec>& desired) {
    std::vector<std::string> names;
    std::set<std::string_view> managed;
    for (const StreamSpec& spec : desired)
      managed.insert(spec.name);
    for (const auto& [name, why] : actual_.left_alone)
      managed.insert(name);
    for (const StreamState& state : actual_.streams)
      if (!managed.contains(state.name))
        names.push_back(state.name);
    std::ranges::sort(names);
    for (std::string& name : names)
      plan_.streams.push_back({.name = std::move(name),
                               .change = Change::kUnmanaged,
                               .fields = {},
                               .request = nullptr,
                               .declared_subjects = {},
                               .note = {}});
  }

  static void take(std::optional<FieldChange> change, std::vector<FieldChange>& fields) {
    if (change)
      fields.push_back(std::move(*change));
  }

  static void append(std::vector<FieldChange>& fields, const std::vector<FieldChange>& more) {
    fields.insert(fields.end(), more.begin(), more.end());
  }

  const Actual& actual_;
  Allowed allowed_;
  std::int64_t now_unix_ns_;
  StatesByName states_;
  std::map<std::string_view, const UnloadedStream*> unloaded_;
  mutable std::optional<Captured> captured_;  // builds itself when it is first asked
  GivenSubjects* given_ = nullptr;
  std::map<std::string_view, const StreamSpec*> specs_;
  Plan plan_;
};

bool has_refused_field(const std::vector<FieldChange>& fields) {
  return std::ranges::any_of(fields, [](const FieldChange& change) { return !change.applied; });
}

template <typename ObjectPlan>
bool is_refused(const ObjectPlan& object) {
  const bool nothing_to_create = object.change == Change::kCreate && object.request.is_null();
  return object.change == Change::kUnloaded || object.change == Change::kMigrating ||
         nothing_to_create || has_refused_field(object.fields);
}

}  // namespace

Plan make_plan(const Declarations& desired,
               const Actual& actual,
               const Allowed& allowed,
               std::int64_t now_unix_ns) {
  return Planner{actual, allowed, now_unix_ns}.plan(desired);
}

std::span<const ConsumerState> Actual::consumers_of(std::string_view stream) const {
  const auto is_its = [&](const ConsumerState& one) { return one.stream == stream; };
  const auto first = std::ranges::find_if(consumers, is_its);
  const auto end = std::find_if_not(first, consumers.end(), is_its);
  return {first, end};
}

bool Plan::has_changes() const {
  const auto is_sent = [](const auto& object) { return !object.request.is_null(); };
  return std::ranges::any_of(streams, is_sent) || std::ranges::any_of(consumers, is_sent);
}

bool Plan::has_refusals() const {
  return std::ranges::any_of(streams, is_refused<StreamPlan>) ||
         std::ranges::any_of(consumers, is_refused<ConsumerPlan>);
}

}  // namespace unified::jetstream
