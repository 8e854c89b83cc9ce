#include "jetstream/reconciler.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "jetstream/api.h"
#include "jetstream/bound.h"
#include "jetstream/consumer_api.h"
#include "jetstream/consumer_applier.h"
#include "jetstream/consumer_list.h"
#include "jetstream/problems.h"
#include "jetstream/stream_applier.h"

namespace unified::jetstream {
namespace {

constexpr int kMaxRounds = 3;

template <typename ObjectPlan>
bool is_as_declared(const ObjectPlan& object) {
  return object.change == Change::kKeep || object.change == Change::kUnmanaged;
}

/// Consumers that are there and can't be described, by stream and name, and why.
using Unreachable = std::map<std::pair<std::string, std::string>, std::string>;
using ConsumerNames = std::set<std::pair<std::string_view, std::string_view>>;

/// Refers to the consumers.
ConsumerNames names_of(const std::vector<ConsumerState>& consumers) {
  ConsumerNames names;
  for (const ConsumerState& consumer : consumers)
    names.emplace(consumer.stream, consumer.name);
  return names;
}

class Reconciliation {
 public:
  Reconciliation(ApiPort& port, const Declarations& desired, const ReconcileOptions& options)
      : port_(port),
        api_(port, options.timeout),
        consumer_api_(port, options.timeout),
        desired_(desired),
        options_(options) {}

  ReconcileReport run() {
    if (!read())
      return give_up();
    report_.plan = full_plan();
    const bool sent =
        options_.mode != ReconcileMode::kPlanOnly && is_the_plan_meant() && apply_in_rounds();
    if (!report_.listed)
      return give_up();
    report_.remaining = sent ? full_plan() : report_.plan;
    report_.unbound = unbound_subjects(desired_.streams, actual_.streams);
    report_.missing_consumers = missing_consumers();
    note_what_did_not_take();
    report_.actual = std::move(actual_.streams);
    return std::move(report_);
  }

 private:
  /// The server's side, as it is now.
  bool read() {
    auto list = api_.list_streams();
    report_.listed = list.ok();
    if (!list) {
      report_.problems.push_back(problem_of("", list.error()));
      return false;
    }
    actual_ = {.version = options_.version,
               .clustered = options_.clustered,
               .streams = std::move(list->streams),
               .consumers = {},
               .unloaded = {},
               .unloaded_consumers = {}};
    states_ = states_by_name(actual_.streams);
    for (const std::string& name : list->unreachable)
      actual_.unloaded.push_back({name, "the server lists it but can't reach it"});
    for (const StreamSpec& spec : desired_.streams)
      if (auto evidence = evidence_of(spec.name); evidence && !is_listed(spec.name))
        actual_.unloaded.push_back({spec.name, std::move(*evidence)});
    read_consumers();
    return true;
  }

  /// Those of every stream that is there and has a declared one.
  void read_consumers() {
    std::set<std::string> wanted;
    for (const ConsumerSpec& spec : desired_.consumers)
      if (is_listed(spec.stream))
        wanted.insert(spec.stream);
    const std::vector<std::string> streams{wanted.begin(), wanted.end()};
    auto lists = list_consumers(port_, streams, options_.timeout);
    std::map<std::string_view, std::string> unlisted;
    Unreachable unreachable;
    for (std::size_t i = 0; i < streams.size(); ++i)
      if (lists[i]) {
        std::ranges::move(lists[i]->consumers, std::back_inserter(actual_.consumers));
        for (UnreachableConsumer& one : lists[i]->unreachable)
          unreachable.emplace(std::pair{streams[i], std::move(one.name)}, std::move(one.why));
      } else {
        unlisted.emplace(streams[i], lists[i].error().message);
        report_.problems.push_back(problem_of(streams[i], lists[i].error()));
      }
    note_unloaded_consumers(unlisted, unreachable);
  }

  void note_unloaded_consumers(const std::map<std::string_view, std::string>& unlisted,
                               const Unreachable& unreachable) {
    const ConsumerNames there = names_of(actual_.consumers);
    for (const ConsumerSpec& spec : desired_.consumers) {
      const auto failure = unlisted.find(spec.stream);
      const auto offline = unreachable.find({spec.stream, spec.name});
      if (failure != unlisted.end())
        actual_.unloaded_consumers.push_back({spec.stream, spec.name, failure->second, false});
      else if (offline != unreachable.end())
        actual_.unloaded_consumers.push_back({spec.stream, spec.name, offline->second, false});
      else if (is_listed(spec.stream) && options_.evidence &&
               !there.contains({spec.stream, spec.name}))
        if (auto evidence = options_.evidence(spec.stream, spec.name)) {
          const bool is_folder = evidence->starts_with(kSeenFolder);
          actual_.unloaded_consumers.push_back(
              {spec.stream, spec.name, std::move(*evidence), is_folder});
        }
    }
  }

  [[nodiscard]] bool is_listed(const std::string& name) const { return states_.contains(name); }

  [[nodiscard]] std::optional<std::string> evidence_of(const std::string& name) const {
    return options_.evidence && !is_listed(name) ? options_.evidence(name, "") : std::nullopt;
  }

  [[nodiscard]] Plan full_plan() const {
    return make_plan(desired_, actual_, options_.allowed, options_.now_unix_ns);
  }

  /// Of what is there the subjects alone: the rest of it is only reported.
  [[nodiscard]] Declarations only_what_is_absent() const {
    Declarations reduced = desired_;
    for (StreamSpec& spec : reduced.streams)
      if (is_listed(spec.name) && spec.config.contains("subjects"))
        spec.config = nlohmann::json::object({{"subjects", spec.config["subjects"]}});
    const ConsumerNames there = names_of(actual_.consumers);
    std::erase_if(reduced.consumers, [&](const ConsumerSpec& spec) {
      return there.contains({spec.stream, spec.name});
    });
    return reduced;
  }

  [[nodiscard]] Plan plan_to_apply() const {
    if (options_.mode == ReconcileMode::kStart)
      return full_plan();
    return make_plan(only_what_is_absent(), actual_, Allowed{}, options_.now_unix_ns);
  }

  /// Whether this is the plan that somebody has looked at.
  bool is_the_plan_meant() {
    if (options_.only_plan.empty())
      return true;
    const std::string hash = plan_hash(report_.plan);
    if (hash != options_.only_plan)
      report_.problems.push_back(
          {"",
           fmt::format("nothing was changed: the plan is {} now, not {}; look at it (`plan`) and "
                       "give that one",
                       hash, options_.only_plan),
           0, false});
    return hash == options_.only_plan;
  }

  /// A subject that moves between streams is free only after the other one gave it up: hence
  /// rounds; but only one where a plan was given, for what comes up later is another plan. A stream
  /// that gave the same request an error is not asked again. False if nothing was sent.
  bool apply_in_rounds() {
    if (std::ranges::all_of(report_.plan.streams, is_as_declared<StreamPlan>) &&
        std::ranges::all_of(report_.plan.consumers, is_as_declared<ConsumerPlan>))
      return false;
    StreamApplier streams{api_, options_, report_};
    ConsumerApplier consumers{consumer_api_, options_, report_};
    const auto has_stream = [&](const std::string& name) {
      return is_listed(name) || streams.has_created(name);
    };
    const int rounds = options_.only_plan.empty() ? kMaxRounds : 1;
    for (int round = 0; round < rounds; ++round) {
      const Plan plan = options_.only_plan.empty() ? plan_to_apply() : report_.plan;
      const bool any_stream = streams.apply(plan, states_);
      const bool any_consumer = consumers.apply(plan, has_stream);
      if (!(any_stream || any_consumer) || !read())
        return true;
    }
    return true;
  }

  [[nodiscard]] std::vector<std::string> missing_consumers() const {
    const ConsumerNames there = names_of(actual_.consumers);
    std::vector<std::string> missing;
    for (const ConsumerSpec& spec : desired_.consumers)
      if (!there.contains({spec.stream, spec.name}))
        missing.push_back(title_of(spec));
    return missing;
  }

  /// What a plan has a request for.
  static std::set<std::string> objects_of(const Plan& plan) {
    std::set<std::string> objects;
    for (const StreamPlan& stream : plan.streams)
      if (!stream.request.is_null())
        objects.insert(stream.name);
    for (const ConsumerPlan& consumer : plan.consumers)
      if (!consumer.request.is_null())
        objects.insert(title_of(consumer));
    return objects;
  }

  /// After kStart nothing that may be applied should be left; a server that says OK and does
  /// something else is found here.
  void note_what_did_not_take() {
    if (options_.mode != ReconcileMode::kStart)
      return;
    std::set<std::string> told;
    for (const StreamProblem& problem : report_.problems)
      told.insert(problem.object);
    const bool any = options_.only_plan.empty();
    const std::set<std::string> meant = objects_of(report_.plan);
    const auto note = [&](const std::string& object, const std::string& title, const auto& plan) {
      if (!plan.request.is_null() && !told.contains(object) && (any || meant.contains(object)))
        report_.problems.push_back({object,
                                    fmt::format("the server's {} still differs in: {}", title,
                                                applied_fields(plan.fields)),
                                    0, true});
    };
    for (const StreamPlan& stream : report_.remaining.streams)
      note(stream.name, "stream " + stream.name, stream);
    for (const ConsumerPlan& consumer : report_.remaining.consumers)
      note(title_of(consumer), title_of(consumer), consumer);
  }

  ReconcileReport give_up() {
    report_.listed = false;
    report_.unbound = unbound_subjects(desired_.streams, {});
    report_.missing_consumers = missing_consumers();
    return std::move(report_);
  }

  ApiPort& port_;
  Api api_;
  ConsumerApi consumer_api_;
  const Declarations& desired_;
  const ReconcileOptions& options_;
  Actual actual_;
  StatesByName states_;  ///< into actual_
  ReconcileReport report_;
};

}  // namespace

bool ReconcileReport::transient() const {
  return std::ranges::any_of(problems, &StreamProblem::transient);
}

ReconcileReport reconcile(ApiPort& port,
                          const Declarations& desired,
                          const ReconcileOptions& options) {
  return Reconciliation{port, desired, options}.run();
}

}  // namespace unified::jetstream
