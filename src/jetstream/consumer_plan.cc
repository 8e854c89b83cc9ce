#include "jetstream/consumer_plan.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "jetstream/bound.h"
#include "jetstream/classify_consumer.h"
#include "jetstream/consumer_fields.h"
#include "jetstream/consumer_recreation.h"
#include "jetstream/field_rules.h"
#include "jetstream/parked_stream.h"

namespace unified::jetstream {
namespace {

using ConsumerName = std::pair<std::string_view, std::string_view>;

std::string retention_of(const nlohmann::json& config) {
  const auto found = config.is_object() ? config.find("retention") : config.end();
  return found != config.end() && found->is_string() ? found->get<std::string>() : "limits";
}

class ConsumerPlanner {
 public:
  ConsumerPlanner(const Actual& actual,
                  const Allowed& allowed,
                  const std::vector<StreamPlan>& streams)
      : actual_(actual),
        allowed_(allowed),
        states_(states_by_name(actual.streams)) {
    for (const ConsumerState& state : actual.consumers)
      consumers_.emplace(ConsumerName{state.stream, state.name}, &state);
    for (const UnloadedConsumer& one : actual.unloaded_consumers)
      unloaded_.emplace(ConsumerName{one.stream, one.name}, &one);
    for (const StreamPlan& stream : streams)
      streams_.emplace(stream.name, &stream);
    note_new_interest(streams);
  }

  ConsumerPlan plan(const ConsumerSpec& spec) const {
    ConsumerPlan planned{.stream = spec.stream, .name = spec.name};
    const UnloadedConsumer* unloaded = find(unloaded_, spec);
    const StreamState* stream = find_state(states_, spec.stream);
    if (stream != nullptr && is_parked(stream->config))
      leave_alone(planned);
    else if (const ConsumerState* state = find(consumers_, spec))
      update(spec, *state, planned);
    else if (unloaded != nullptr && !unloaded->is_absent)
      hands_off(*unloaded, planned);
    else
      create(spec, unloaded, planned);
    return planned;
  }

 private:
  /// A stream is changed before its consumers: one that is to become an interest stream drops then
  /// what no consumer waits for.
  void note_new_interest(const std::vector<StreamPlan>& streams) {
    for (const StreamPlan& stream : streams)
      if (const StreamState* state = find_state(states_, stream.name);
          state != nullptr && !stream.request.is_null() &&
          retention_of(stream.request) == "interest" && retention_of(state->config) != "interest") {
        StreamState& becomes = become_interest_.emplace(stream.name, *state).first->second;
        becomes.config["retention"] = "interest";
      }
  }

  /// As it is when the consumer's request arrives. Null: the server does not list it.
  [[nodiscard]] const StreamState* stream_of(const ConsumerSpec& spec) const {
    const auto changed = become_interest_.find(spec.stream);
    return changed != become_interest_.end() ? &changed->second : find_state(states_, spec.stream);
  }

  template <typename Value>
  static const Value* find(const std::map<ConsumerName, const Value*>& values,
                           const ConsumerSpec& spec) {
    const auto found = values.find(ConsumerName{spec.stream, spec.name});
    return found == values.end() ? nullptr : found->second;
  }

  static void leave_alone(ConsumerPlan& planned) {
    planned.change = Change::kMigrating;
    planned.note = "its stream is being migrated, see there";
  }

  static void hands_off(const UnloadedConsumer& unloaded, ConsumerPlan& planned) {
    planned.change = Change::kUnloaded;
    planned.note = "nobody knows whether the server has it: " + unloaded.evidence;
  }

  void create(const ConsumerSpec& spec,
              const UnloadedConsumer* damaged,
              ConsumerPlan& planned) const {
    planned.change = Change::kCreate;
    const nlohmann::json config = overlaid_consumer(nlohmann::json::object(), spec.config);
    for (const Field& field : consumer_fields())
      if (is_declared(field, spec))
        planned.fields.push_back(at_creation(field, config));
    planned.note = missing_stream(spec);
    if (!planned.note.empty() || !std::ranges::all_of(planned.fields, &FieldChange::applied))
      return;
    planned.request = named(spec, config);
    planned.damaged = damaged != nullptr;
    if (planned.damaged)
      planned.note = "the server could not load it; its position is kept: " + damaged->evidence;
  }

  /// Why it can't be created yet; empty: it can.
  [[nodiscard]] std::string missing_stream(const ConsumerSpec& spec) const {
    if (find_state(states_, spec.stream) != nullptr)
      return {};
    const auto planned = streams_.find(spec.stream);
    if (planned == streams_.end())
      return fmt::format("stream {} is neither on the server nor declared", spec.stream);
    if (planned->second->request.is_null())
      return fmt::format("stream {} is not there, see above", spec.stream);
    return {};
  }

  [[nodiscard]] FieldChange at_creation(const Field& field, const nlohmann::json& config) const {
    FieldChange change{.field = std::string{field.name},
                       .change = Change::kCreate,
                       .to = consumer_value_in(field, config),
                       .applied = true};
    const ConsumerVerdict verdict =
        classify_consumer_creation(field, config, actual_.version, actual_.clustered);
    if (verdict.change != Change::kSafe)
      settle(verdict, field, {{}, std::nullopt}, change);
    return change;
  }

  void update(const ConsumerSpec& spec, const ConsumerState& state, ConsumerPlan& planned) const {
    const StreamState* stream = stream_of(spec);
    const nlohmann::json wanted = overlaid_consumer(state.config, spec.config);
    bool recreate = false;
    for (const Field& field : consumer_fields())
      if (is_declared(field, spec)) {
        const auto refused = add_change(field, {spec, state, stream, wanted}, planned.fields);
        recreate = recreate || refused;
      }
    const nlohmann::json anew = recreated_config(state.config, spec);
    if (recreate)
      recreate_if_allowed(spec, stream, anew, planned);
    nlohmann::json applied = nlohmann::json::object();
    for (const FieldChange& change : planned.fields) {
      planned.change = std::max(planned.change, change.change);
      if (change.applied)
        applied[change.field] = declared_value(change.field, spec);
    }
    if (applied.empty())
      return;
    planned.request =
        named(spec, planned.recreate ? anew : overlaid_consumer(state.config, applied));
    if (planned.recreate)
      planned.before = named(spec, state.config);
  }

  struct Compared {
    const ConsumerSpec& spec;
    const ConsumerState& state;
    const StreamState* stream;
    const nlohmann::json& wanted;
  };

  /// Whether only a new consumer could have the value.
  [[nodiscard]] bool add_change(const Field& field,
                                const Compared& of,
                                std::vector<FieldChange>& fields) const {
    static const nlohmann::json nothing = nlohmann::json::object();
    const nlohmann::json& limits = of.stream != nullptr ? of.stream->config : nothing;
    FieldChange change{.field = std::string{field.name},
                       .change = Change::kSafe,
                       .from = consumer_value_in(field, of.state.config, limits),
                       .to = consumer_value_in(field, of.wanted, limits)};
    if (same_meaning(field, change.from, change.to))
      return false;
    const ConsumerVerdict verdict =
        classify_consumer_field(field, {.from = change.from,
                                        .to = change.to,
                                        .state = of.state,
                                        .spec = of.spec,
                                        .stream = of.stream,
                                        .version = actual_.version,
                                        .clustered = actual_.clustered,
                                        .siblings = actual_.consumers_of(of.spec.stream)});
    settle(verdict, field, {allowed_, of.spec.allow}, change);
    fields.push_back(std::move(change));
    return verdict.recreate_helps;
  }

  /// Whatever the server refuses to change it takes when it makes the consumer: deleted and created
  /// anew, if that is allowed and helps in all that is refused. Never on an interest stream, which
  /// drops with its consumer what that has not acknowledged.
  void recreate_if_allowed(const ConsumerSpec& spec,
                           const StreamState* stream,
                           const nlohmann::json& anew,
                           ConsumerPlan& planned) const {
    const bool interest = stream == nullptr || retention_of(stream->config) == "interest";
    const auto problem = recreation_problem(spec, anew);
    planned.recreate = !interest && !problem && narrowed(allowed_, spec.allow).recreate;
    for (FieldChange& change : planned.fields) {
      if (change.change != Change::kImmutable || change.at_stake.empty())
        continue;
      change.applied = planned.recreate;
      if (planned.recreate)
        change.why.clear();
      else if (interest)
        change.why =
            "no server changes it, and an interest stream drops with its consumer what that has "
            "not acknowledged: set the old value again, or declare a consumer of another name";
      else if (problem)
        change.why = "no server changes it, and a new consumer would be refused: " + *problem;
    }
  }

  static const nlohmann::json& declared_value(const std::string& field, const ConsumerSpec& spec) {
    const auto found = spec.config.find(field);
    return found != spec.config.end() ? *found : spec.config.at("filter_subject");
  }

  static bool is_declared(const Field& field, const ConsumerSpec& spec) {
    return spec.config.contains(field.name) ||
           (field.name == "filter_subjects" && spec.config.contains("filter_subject"));
  }

  static nlohmann::json named(const ConsumerSpec& spec, const nlohmann::json& config) {
    nlohmann::json request = consumer_request(config);
    request["durable_name"] = spec.name;
    return request;
  }

  const Actual& actual_;
  Allowed allowed_;
  StatesByName states_;
  std::map<ConsumerName, const ConsumerState*> consumers_;
  std::map<ConsumerName, const UnloadedConsumer*> unloaded_;
  std::map<std::string_view, const StreamPlan*> streams_;
  std::map<std::string, StreamState> become_interest_;
};

}  // namespace

std::vector<ConsumerPlan> plan_consumers(const std::vector<ConsumerSpec>& desired,
                                         const Actual& actual,
                                         const Allowed& allowed,
                                         const std::vector<StreamPlan>& streams) {
  std::vector<ConsumerPlan> plans;
  if (desired.empty())
    return plans;
  const ConsumerPlanner planner{actual, allowed, streams};
  plans.reserve(desired.size());
  for (const ConsumerSpec& spec : desired)
    plans.push_back(planner.plan(spec));
  return plans;
}

}  // namespace unified::jetstream
