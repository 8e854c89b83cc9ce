#include "jetstream/plan.h"

#include <algorithm>

#include <fmt/format.h>

#include "jetstream/bound.h"
#include "jetstream/classify.h"
#include "jetstream/fields.h"
#include "jetstream/merge.h"
#include "jetstream/subject_changes.h"

namespace unified::jetstream {
namespace {

class Planner {
 public:
  Planner(const Actual& actual, const Allowed& allowed, std::int64_t now_unix_ns)
      : actual_(actual),
        allowed_(allowed),
        now_unix_ns_(now_unix_ns) {}

  Plan plan(const std::vector<StreamSpec>& desired) {
    for (const StreamSpec& spec : desired)
      plan_.streams.push_back(declared(spec));
    add_unmanaged(desired);
    return std::move(plan_);
  }

 private:
  StreamPlan declared(const StreamSpec& spec) {
    StreamPlan stream{.name = spec.name,
                      .change = Change::kKeep,
                      .fields = {},
                      .request = nullptr,
                      .declared_subjects = subjects_of(spec.config),
                      .note = {}};
    const auto state = std::ranges::find(actual_.streams, spec.name, &StreamState::name);
    const auto unloaded = std::ranges::find(actual_.unloaded, spec.name, &UnloadedStream::name);
    if (state != actual_.streams.end())
      update(spec, *state, stream);
    else if (unloaded != actual_.unloaded.end())
      hands_off(*unloaded, stream);
    else
      create(spec, stream);
    return stream;
  }

  static void hands_off(const UnloadedStream& unloaded, StreamPlan& stream) {
    stream.change = Change::kUnloaded;
    stream.note = fmt::format(
        "the server has not loaded it, but it is there ({}); it is not created anew, which could "
        "destroy the stored messages: see the server's log for the cause, repair it and restart",
        unloaded.evidence);
  }

  void create(const StreamSpec& spec, StreamPlan& stream) {
    StreamState nothing;
    nothing.config = nlohmann::json::object();
    const SubjectChanges subjects =
        change_subjects(stream.declared_subjects, {}, taken_from(spec.name), allowed_.lossy);
    for (const Field& field : stream_fields())
      if (field.kind == FieldKind::kSubjects)
        append(stream.fields, subjects.changes);
      else if (spec.config.contains(field.name))
        create_field(field, spec, nothing, stream.fields);
    for (FieldChange& change : stream.fields)
      if (change.applied)
        change.change = Change::kCreate;
    settle_conflicts(nothing.config, stream.fields);
    stream.change = Change::kCreate;
    // Without a subject the server would capture the stream's own name.
    if (!subjects.result.empty())
      stream.request = merged_config(nlohmann::json::object({{"name", spec.name}}), stream.fields,
                                     subjects.result);
  }

  void create_field(const Field& field,
                    const StreamSpec& spec,
                    const StreamState& nothing,
                    std::vector<FieldChange>& fields) const {
    FieldChange change{.field = std::string{field.name},
                       .change = Change::kCreate,
                       .from = nullptr,
                       .to = normalized(field, spec.config.at(field.name)),
                       .applied = true,
                       .at_stake = {},
                       .why = {}};
    if (is_unknown_to_server(field)) {
      if (change.to == normalized(field, nullptr))
        return;
      refuse_unknown(field, change);
    } else if (field.name == "num_replicas") {
      const Verdict verdict = classify_replicas(context(change, nothing, spec));
      if (verdict.change == Change::kImmutable)
        settle(verdict, field, change);
    }
    fields.push_back(std::move(change));
  }

  void update(const StreamSpec& spec, const StreamState& state, StreamPlan& stream) const {
    std::vector<std::string> subjects;
    for (const Field& field : stream_fields()) {
      if (!spec.config.contains(field.name))
        continue;
      if (field.kind == FieldKind::kSubjects)
        subjects = update_subjects(spec, state, stream.fields);
      else
        update_field(field, spec, state, stream.fields);
    }
    settle_conflicts(state.config, stream.fields);
    for (const FieldChange& change : stream.fields)
      stream.change = std::max(stream.change, change.change);
    if (std::ranges::any_of(stream.fields, &FieldChange::applied))
      stream.request = merged_config(state.config, stream.fields, subjects);
  }

  std::vector<std::string> update_subjects(const StreamSpec& spec,
                                           const StreamState& state,
                                           std::vector<FieldChange>& fields) const {
    const std::vector<std::string> declared = subjects_of(spec.config);
    if (state.config.contains("mirror")) {
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
    const SubjectChanges changes =
        change_subjects(declared, subjects_of(state.config), taken_from(spec.name), allowed_.lossy);
    append(fields, changes.changes);
    const bool applied = std::ranges::any_of(changes.changes, &FieldChange::applied);
    return applied ? changes.result : std::vector<std::string>{};
  }

  void update_field(const Field& field,
                    const StreamSpec& spec,
                    const StreamState& state,
                    std::vector<FieldChange>& fields) const {
    FieldChange change{.field = std::string{field.name},
                       .change = Change::kSafe,
                       .from = value_in(field, state.config),
                       .to = normalized(field, spec.config.at(field.name)),
                       .applied = false,
                       .at_stake = {},
                       .why = {}};
    if (change.from == change.to)
      return;
    if (is_unknown_to_server(field))
      refuse_unknown(field, change);
    else
      settle(field.classify(context(change, state, spec)), field, change);
    fields.push_back(std::move(change));
  }

  [[nodiscard]] FieldContext context(const FieldChange& change,
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

  [[nodiscard]] bool is_unknown_to_server(const Field& field) const {
    return actual_.version < field.since;
  }

  void refuse_unknown(const Field& field, FieldChange& change) const {
    change.change = Change::kImmutable;
    change.applied = false;
    change.why =
        fmt::format("nats-server {} does not know it (since {}.{} it does); set {}, or upgrade",
                    to_text(actual_.version), field.since.major, field.since.minor,
                    show_value(field, normalized(field, nullptr)));
  }

  void settle(const Verdict& verdict, const Field& field, FieldChange& change) const {
    change.change = verdict.change;
    change.at_stake = verdict.at_stake;
    change.applied = verdict.change == Change::kSafe ||
                     (verdict.change == Change::kLossy && allowed_.lossy) ||
                     (verdict.change == Change::kIrreversible && allowed_.irreversible);
    if (!change.applied)
      change.why = way_out(verdict, field, change);
  }

  static std::string way_out(const Verdict& verdict,
                             const Field& field,
                             const FieldChange& change) {
    if (verdict.change == Change::kImmutable)
      return verdict.why;
    const std::string_view permission = verdict.change == Change::kLossy ? "lossy" : "irreversible";
    return fmt::format("{}{}the server's value stays until RECONCILE_ALLOW={}; or set {} again",
                       verdict.why, verdict.why.empty() ? "" : "; ", permission,
                       show_value(field, change.from));
  }

  /// What every other stream captures at the moment when this one's request arrives: those before
  /// it in the manifest as planned, the others as they are.
  [[nodiscard]] std::vector<TakenSubject> taken_from(const std::string& name) const {
    std::vector<TakenSubject> taken;
    const auto take = [&](const std::string& stream, const nlohmann::json& config) {
      for (const std::string& subject : subjects_of(config))
        taken.push_back({subject, stream});
    };
    for (const StreamPlan& planned : plan_.streams)
      if (!planned.request.is_null())
        take(planned.name, planned.request);
    for (const StreamState& state : actual_.streams) {
      const auto planned = std::ranges::find(plan_.streams, state.name, &StreamPlan::name);
      const bool replaced = planned != plan_.streams.end() && !planned->request.is_null();
      if (state.name != name && !replaced)
        take(state.name, state.config);
    }
    return taken;
  }

  void add_unmanaged(const std::vector<StreamSpec>& desired) {
    std::vector<std::string> names;
    for (const StreamState& state : actual_.streams)
      if (std::ranges::find(desired, state.name, &StreamSpec::name) == desired.end())
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

  static void append(std::vector<FieldChange>& fields, const std::vector<FieldChange>& more) {
    fields.insert(fields.end(), more.begin(), more.end());
  }

  const Actual& actual_;
  Allowed allowed_;
  std::int64_t now_unix_ns_;
  Plan plan_;
};

bool is_refused(const StreamPlan& stream) {
  const auto refused = [](const FieldChange& change) { return !change.applied; };
  const bool nothing_to_create = stream.change == Change::kCreate && stream.request.is_null();
  return stream.change == Change::kUnloaded || nothing_to_create ||
         std::ranges::any_of(stream.fields, refused);
}

}  // namespace

Plan make_plan(const std::vector<StreamSpec>& desired,
               const Actual& actual,
               const Allowed& allowed,
               std::int64_t now_unix_ns) {
  return Planner{actual, allowed, now_unix_ns}.plan(desired);
}

bool Plan::has_changes() const {
  return std::ranges::any_of(streams, [](const auto& stream) { return !stream.request.is_null(); });
}

bool Plan::has_refusals() const {
  return std::ranges::any_of(streams, is_refused);
}

}  // namespace unified::jetstream
