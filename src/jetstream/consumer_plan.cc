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
#include "jetstream/field_rules.h"

namespace unified::jetstream {
namespace {

using ConsumerName = std::pair<std::string_view, std::string_view>;

std::string retention_of(const nlohmann::json& config) {
  const auto found = config.is_object() ? config.find("retention") : config.end();
  return found != config.end() && found->is_string() ? found->get<std::string>() : "limits";
}

/// Not 0: messages that were delivered are not acknowledged, or will not be delivered again.
std::string position_at_stake(const ConsumerState& state) {
  return fmt::format("its position: delivered up to {}, acknowledged up to {}, {} not acknowledged",
                     state.delivered_stream_seq, state.ack_floor_stream_seq, state.ack_pending);
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
  }

  ConsumerPlan plan(const ConsumerSpec& spec) const {
    ConsumerPlan planned{.stream = spec.stream, .name = spec.name};
    if (const ConsumerState* state = find(consumers_, spec))
      update(spec, *state, planned);
    else if (const UnloadedConsumer* unloaded = find(unloaded_, spec))
      hands_off(*unloaded, planned);
    else
      create(spec, planned);
    return planned;
  }

 private:
  template <typename Value>
  static const Value* find(const std::map<ConsumerName, const Value*>& values,
                           const ConsumerSpec& spec) {
    const auto found = values.find(ConsumerName{spec.stream, spec.name});
    return found == values.end() ? nullptr : found->second;
  }

  static void hands_off(const UnloadedConsumer& unloaded, ConsumerPlan& planned) {
    planned.change = Change::kUnloaded;
    planned.note = fmt::format(
        "the server does not have it, and it is not created anew, which could lose its position: "
        "{}; see the server's log for the cause, repair it and restart",
        unloaded.evidence);
  }

  void create(const ConsumerSpec& spec, ConsumerPlan& planned) const {
    planned.change = Change::kCreate;
    for (const Field& field : consumer_fields())
      if (is_declared(field, spec))
        planned.fields.push_back(at_creation(field, spec));
    planned.note = missing_stream(spec);
    if (planned.note.empty() && std::ranges::all_of(planned.fields, &FieldChange::applied))
      planned.request = consumer_request(named(spec, spec.config));
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

  [[nodiscard]] FieldChange at_creation(const Field& field, const ConsumerSpec& spec) const {
    FieldChange change{.field = std::string{field.name},
                       .change = Change::kCreate,
                       .to = consumer_value_in(field, spec.config),
                       .applied = true};
    refuse_what_is_unknown(field, change);
    return change;
  }

  void update(const ConsumerSpec& spec, const ConsumerState& state, ConsumerPlan& planned) const {
    const Permit permit{allowed_, spec.allow};
    for (const Field& field : consumer_fields())
      if (is_declared(field, spec))
        if (auto change = at_update(field, spec, state, permit))
          planned.fields.push_back(std::move(*change));
    recreate_if_allowed(spec, state, permit, planned);
    for (const FieldChange& change : planned.fields)
      planned.change = std::max(planned.change, change.change);
    nlohmann::json config = state.config;
    bool any = false;
    for (const FieldChange& change : planned.fields)
      if (change.applied) {
        put(*find_consumer_field(change.field), spec.config, config);
        any = true;
      }
    if (any)
      planned.request = consumer_request(named(spec, std::move(config)));
  }

  [[nodiscard]] std::optional<FieldChange> at_update(const Field& field,
                                                     const ConsumerSpec& spec,
                                                     const ConsumerState& state,
                                                     const Permit& permit) const {
    FieldChange change{.field = std::string{field.name},
                       .change = Change::kSafe,
                       .from = consumer_value_in(field, state.config),
                       .to = consumer_value_in(field, spec.config)};
    if (same_meaning(field, change.from, change.to))
      return std::nullopt;
    if (refuse_what_is_unknown(field, change))
      return change;
    const ConsumerContext context{.from = change.from,
                                  .to = change.to,
                                  .state = state,
                                  .spec = spec,
                                  .stream = find_state(states_, spec.stream),
                                  .version = actual_.version,
                                  .clustered = actual_.clustered};
    settle(classify_consumer_field(field, context), field, permit, change);
    return change;
  }

  bool refuse_what_is_unknown(const Field& field, FieldChange& change) const {
    const Need need = consumer_need_of(field, change.to);
    if (actual_.version >= need.since || !is_set(field, change.to))
      return false;
    refuse_unknown(field, need, actual_.version, change);
    return true;
  }

  /// Whatever the server refuses to change it takes when it makes the consumer: deleted and created
  /// anew, if that is allowed. Never on an interest stream, which drops with its consumer what that
  /// has not acknowledged.
  void recreate_if_allowed(const ConsumerSpec& spec,
                           const ConsumerState& state,
                           const Permit& permit,
                           ConsumerPlan& planned) const {
    const auto is_refused = [&](const FieldChange& change) {
      return change.change == Change::kImmutable &&
             actual_.version >=
                 consumer_need_of(*find_consumer_field(change.field), change.to).since;
    };
    if (std::ranges::none_of(planned.fields, is_refused))
      return;
    const StreamState* stream = find_state(states_, spec.stream);
    const bool interest = stream == nullptr || retention_of(stream->config) == "interest";
    if (!permit.effective.recreate || interest) {
      for (FieldChange& change : planned.fields)
        if (is_refused(change))
          change.why += interest
                            ? "; RECONCILE_ALLOW=recreate does not help on an interest stream, "
                              "which drops what its consumer has not acknowledged"
                            : "";
      return;
    }
    planned.recreate = true;
    for (FieldChange& change : planned.fields)
      if (is_refused(change)) {
        change.applied = true;
        change.at_stake = position_at_stake(state);
        change.why.clear();
      }
  }

  /// A filter is one or several: nothing of the other form may stay.
  static void put(const Field& field, const nlohmann::json& from, nlohmann::json& config) {
    if (field.name == "filter_subjects")
      config.erase("filter_subject");
    config[std::string{field.name}] = consumer_value_in(field, from);
  }

  static bool is_declared(const Field& field, const ConsumerSpec& spec) {
    return spec.config.contains(field.name) ||
           (field.name == "filter_subjects" && spec.config.contains("filter_subject"));
  }

  static nlohmann::json named(const ConsumerSpec& spec, nlohmann::json config) {
    config["durable_name"] = spec.name;
    config["name"] = spec.name;
    return config;
  }

  const Actual& actual_;
  Allowed allowed_;
  StatesByName states_;
  std::map<ConsumerName, const ConsumerState*> consumers_;
  std::map<ConsumerName, const UnloadedConsumer*> unloaded_;
  std::map<std::string_view, const StreamPlan*> streams_;
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
