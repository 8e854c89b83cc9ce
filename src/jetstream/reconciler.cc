#include "jetstream/reconciler.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/subjects.h"
#include "jetstream/api.h"
#include "jetstream/bound.h"
#include "jetstream/consumer_api.h"
#include "jetstream/consumer_applier.h"
#include "jetstream/consumer_expiry.h"
#include "jetstream/consumer_list.h"
#include "jetstream/problems.h"
#include "jetstream/stream_applier.h"
#include "jetstream/subject_mover.h"
#include "jetstream/subject_moves.h"
#include "jetstream/unmeant_changes.h"
#include "jetstream/update_check.h"

namespace unified::jetstream {
namespace {

constexpr int kMaxRounds = 3;

template <typename ObjectPlan>
bool is_as_declared(const ObjectPlan& object) {
  return object.change == Change::kKeep || object.change == Change::kLeftAlone ||
         object.change == Change::kUnmanaged;
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
    remember_what_may_change();
    const bool sent =
        options_.mode != ReconcileMode::kPlanOnly && is_the_plan_meant() && apply_in_rounds();
    if (!report_.listed)
      return give_up();
    report_.remaining = sent ? full_plan() : report_.plan;
    report_.unbound = unbound_subjects(desired_.streams, actual_.streams);
    note_absent_consumers();
    report_.others_provisioned = are_others_provisioned();
    note_what_did_not_take();
    forget_what_was_set_back();
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
               .unloaded_consumers = {},
               .refused = std::move(actual_.refused),
               .left_alone = {}};
    listed_.clear();
    for (const StreamState& stream : actual_.streams)
      listed_.insert(stream.name);
    for (const std::string& name : list->unreachable)
      actual_.unloaded.push_back({name, "the server lists it but can't reach it"});
    report_.left_alone.clear();
    for (const StreamSpec& spec : desired_.streams) {
      auto evidence = evidence_of(spec.name);
      if (!is_left_alone(spec.name) && evidence && !is_listed(spec.name))
        actual_.unloaded.push_back({spec.name, std::move(*evidence)});
    }
    read_consumers();
    return true;
  }

  /// Those of every stream that is there and has a declared one.
  void read_consumers() {
    std::set<std::string> wanted;
    for (const ConsumerSpec& spec : desired_.consumers)
      if (is_listed(spec.stream)) {
        (void)is_left_alone(spec.stream);
        wanted.insert(spec.stream);
      }
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

  [[nodiscard]] bool is_listed(const std::string& name) const { return listed_.contains(name); }

  [[nodiscard]] std::optional<std::string> evidence_of(const std::string& name) const {
    return options_.evidence && !is_listed(name) ? options_.evidence(name, "") : std::nullopt;
  }

  /// Asked anew, and noted.
  bool is_left_alone(const std::string& stream) {
    auto why = options_.leave_alone ? options_.leave_alone(stream) : std::nullopt;
    if (!why)
      return false;
    actual_.left_alone.insert_or_assign(stream, *why);
    report_.left_alone.insert_or_assign(stream, std::move(*why));
    return true;
  }

  /// What is declared but for what is left alone. No other stream gives up a subject that one of
  /// those declares: it could not be stored there now.
  [[nodiscard]] Declarations managed() const {
    Declarations declared = desired_;
    std::vector<std::string> reserved;
    std::erase_if(declared.streams, [&](const StreamSpec& spec) {
      const bool left_alone = report_.left_alone.contains(spec.name);
      if (left_alone)
        std::ranges::copy(subjects_of(spec.config), std::back_inserter(reserved));
      return left_alone;
    });
    if (!reserved.empty())
      for (StreamSpec& spec : declared.streams)
        keep_subjects(spec, reserved);
    std::erase_if(declared.consumers, [this](const ConsumerSpec& spec) {
      return report_.left_alone.contains(spec.stream);
    });
    return declared;
  }

  /// Declares those of the stream's subjects, too, that overlap with `reserved`.
  void keep_subjects(StreamSpec& spec, const std::vector<std::string>& reserved) const {
    const auto state = std::ranges::find(actual_.streams, spec.name, &StreamState::name);
    if (state == actual_.streams.end() || !spec.config.contains("subjects"))
      return;
    std::vector<std::string> subjects = subjects_of(spec.config);
    for (const std::string& subject : subjects_of(state->config)) {
      const bool is_reserved = std::ranges::any_of(
          reserved, [&](const std::string& one) { return subjects_overlap(one, subject); });
      if (is_reserved && std::ranges::find(subjects, subject) == subjects.end())
        subjects.push_back(subject);
    }
    spec.config["subjects"] = subjects;
  }

  /// A start leaves out what it has had already and has expired since; another mode shows it.
  [[nodiscard]] Plan full_plan() const {
    Declarations due = managed();
    if (options_.mode != ReconcileMode::kStart)
      return make_plan(due, actual_, options_.allowed, options_.now_unix_ns);
    const ConsumerNames there = names_of(actual_.consumers);
    std::erase_if(due.consumers, [&](const ConsumerSpec& spec) {
      return !there.contains({spec.stream, spec.name}) && may_be_absent(spec);
    });
    return make_plan(due, actual_, options_.allowed, options_.now_unix_ns);
  }

  /// With an inactive_threshold, on a stream that is there.
  [[nodiscard]] bool expires_here(const ConsumerSpec& spec) const {
    const auto stream = std::ranges::find(actual_.streams, spec.stream, &StreamState::name);
    return stream != actual_.streams.end() && expires(spec, stream->config);
  }

  /// Whether the server may have deleted it because nobody used it, since a start has made it.
  [[nodiscard]] bool may_be_absent(const ConsumerSpec& spec) const {
    if (!expires_here(spec) || is_unknown(spec))
      return false;
    const std::string title = title_of(spec);
    if (has_created(title))
      return true;
    return options_.had_before ? options_.had_before->contains(title)
                               : options_.mode != ReconcileMode::kStart;
  }

  [[nodiscard]] bool has_created(const std::string& consumer) const {
    return std::ranges::find(report_.created_consumers, consumer) !=
           report_.created_consumers.end();
  }

  /// Whether the server could not say that it has it.
  [[nodiscard]] bool is_unknown(const ConsumerSpec& spec) const {
    return std::ranges::any_of(actual_.unloaded_consumers, [&](const UnloadedConsumer& one) {
      return one.stream == spec.stream && one.name == spec.name && !one.is_absent;
    });
  }

  /// Of what is there the subjects alone: the rest of it is only reported. No consumer that may
  /// have expired.
  [[nodiscard]] Declarations only_what_is_absent() const {
    Declarations reduced = managed();
    for (StreamSpec& spec : reduced.streams)
      if (is_listed(spec.name) && spec.config.contains("subjects"))
        spec.config = nlohmann::json::object({{"subjects", spec.config["subjects"]}});
    const ConsumerNames there = names_of(actual_.consumers);
    std::erase_if(reduced.consumers, [&](const ConsumerSpec& spec) {
      return there.contains({spec.stream, spec.name}) || may_be_absent(spec);
    });
    return reduced;
  }

  [[nodiscard]] Plan plan_to_apply() const {
    if (options_.mode == ReconcileMode::kStart)
      return full_plan();
    return make_plan(only_what_is_absent(), actual_, Allowed{}, options_.now_unix_ns);
  }

  /// The same for some streams alone; without those that are to be left alone by now.
  [[nodiscard]] Plan plan_of(const std::set<std::string>& streams) {
    for (const std::string& name : streams)
      (void)is_left_alone(name);
    const bool all = options_.mode == ReconcileMode::kStart;
    // Of all, so that no stream gives up a subject for another one that can't take it.
    Declarations declared = all ? managed() : only_what_is_absent();
    declared.consumers.clear();
    Plan plan =
        make_plan(declared, actual_, all ? options_.allowed : Allowed{}, options_.now_unix_ns);
    std::erase_if(plan.streams,
                  [&](const StreamPlan& stream) { return !streams.contains(stream.name); });
    return plan;
  }

  /// The same for some consumers alone, whose streams are as planned by now.
  [[nodiscard]] Plan plan_of_consumers(
      const std::set<std::pair<std::string, std::string>>& consumers) {
    for (const auto& [stream, name] : consumers)
      (void)is_left_alone(stream);
    Declarations some = managed();
    some.streams.clear();
    std::erase_if(some.consumers, [&](const ConsumerSpec& spec) {
      return !consumers.contains({spec.stream, spec.name});
    });
    return make_plan(some, actual_, options_.allowed, options_.now_unix_ns);
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

  /// What was not known when the plan was made (somebody was faster) comes up in a further round;
  /// but there is only one where a plan was given. A stream that gave the same request an error is
  /// not asked again. False if nothing was sent.
  bool apply_in_rounds() {
    if (std::ranges::all_of(report_.plan.streams, is_as_declared<StreamPlan>) &&
        std::ranges::all_of(report_.plan.consumers, is_as_declared<ConsumerPlan>))
      return false;
    const Replan replan = [this](const std::set<std::string>& names) { return plan_of(names); };
    FreshStreams fresh{api_, options_, actual_};
    StreamApplier streams{api_, fresh, replan, options_, actual_, report_};
    SubjectMover mover{api_, fresh, replan, options_, actual_, report_};
    ConsumerApplier consumers{consumer_api_,
                              [this](const auto& names) { return plan_of_consumers(names); },
                              options_, actual_, report_};
    const auto has_stream = [&](const std::string& name) {
      return is_listed(name) || streams.has_created(name);
    };
    const int rounds = options_.only_plan.empty() ? kMaxRounds : 1;
    for (int round = 0; round < rounds; ++round) {
      const Plan plan = options_.only_plan.empty() ? plan_to_apply() : report_.plan;
      const auto moves = subject_moves(plan, states_by_name(actual_.streams));
      const bool any_stream = streams.apply(plan, moves);
      if (!streams.is_silent()) {
        mover.make(moves);
        mover.give_back_what_is_orphaned(plan);
      }
      const bool any_consumer = consumers.apply(plan, has_stream);
      const bool anything = any_stream || any_consumer || !moves.empty();
      if (!anything || !read())
        break;
    }
    for (const std::string& name : fresh.changed_late())
      report_.warnings.push_back(somebody_else_changed(name));
    return true;
  }

  void note_absent_consumers() {
    const ConsumerNames there = names_of(actual_.consumers);
    for (const ConsumerSpec& spec : desired_.consumers) {
      const bool is_there = there.contains({spec.stream, spec.name});
      const std::string title = title_of(spec);
      if (expires_here(spec) && (is_there || has_created(title)))
        report_.expiring_consumers.push_back(title);
      if (is_there)
        continue;
      (may_be_absent(spec) ? report_.expired_consumers : report_.missing_consumers)
          .push_back(title);
    }
  }

  [[nodiscard]] bool are_others_provisioned() const {
    const auto is_of_others = [this](const ConsumerSpec& spec) {
      return !report_.left_alone.contains(spec.stream) &&
             std::ranges::find(report_.missing_consumers, title_of(spec)) !=
                 report_.missing_consumers.end();
    };
    return unbound_subjects(managed().streams, actual_.streams).empty() &&
           std::ranges::none_of(desired_.consumers, is_of_others);
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

  void remember_what_may_change() {
    const StatesByName states = states_by_name(actual_.streams);
    for (const StreamPlan& stream : report_.plan.streams)
      if (const StreamState* state = find_state(states, stream.name);
          state != nullptr && !stream.request.is_null())
        before_.emplace(stream.name, state->config);
  }

  /// Done is what differs at the end from what was there before, not what an answer said meanwhile.
  void forget_what_was_set_back() {
    const StatesByName states = states_by_name(actual_.streams);
    for (DoneUpdate& update : report_.updates) {
      const auto before = before_.find(update.stream);
      const StreamState* now = find_state(states, update.stream);
      const auto line = std::ranges::find(report_.done, update.line);
      if (before == before_.end() || now == nullptr || line == report_.done.end())
        continue;
      const std::set<std::string> changed = fields_between(before->second, now->config);
      if (std::erase_if(update.fields, [&](const FieldChange& field) {
            return !changed.contains(field.field);
          }) == 0)
        continue;
      if (update.fields.empty())
        report_.done.erase(line);
      else
        *line = update.line = updated_line(update.stream, update.fields);
    }
    std::erase_if(report_.updates, [](const DoneUpdate& update) { return update.fields.empty(); });
  }

  ReconcileReport give_up() {
    report_.listed = false;
    report_.unbound = unbound_subjects(desired_.streams, {});
    note_absent_consumers();
    return std::move(report_);
  }

  ApiPort& port_;
  Api api_;
  ConsumerApi consumer_api_;
  const Declarations& desired_;
  const ReconcileOptions& options_;
  Actual actual_;
  std::set<std::string> listed_;  ///< when it was read last
  ReconcileReport report_;
  std::map<std::string, nlohmann::json> before_;  ///< configurations, of what the plan changes
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
