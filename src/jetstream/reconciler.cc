#include "jetstream/reconciler.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "jetstream/api.h"
#include "jetstream/bound.h"

namespace unified::jetstream {
namespace {

constexpr int kMaxRounds = 3;

bool is_transient(const ApiFailure& failure) {
  constexpr std::array kTransient{static_cast<int>(kNoSuitablePeers),
                                  static_cast<int>(kSystemUnavailable),
                                  static_cast<int>(kStreamStoreFailed),
                                  static_cast<int>(kNameInUse), static_cast<int>(kStreamNotFound)};
  return !failure.answered || failure.code == 503 ||
         std::ranges::find(kTransient, failure.err_code) != kTransient.end();
}

/// Another may have been faster, or the answer was lost: only INFO tells.
bool outcome_is_unknown(const ApiFailure& failure) {
  return !failure.answered || failure.err_code == kNameInUse;
}

/// The field that a server refuses a whole update for although the plan can't know it: too much
/// reserved elsewhere, or consumers beyond the new limits.
const char* culprit_of(const ApiFailure& failure) {
  switch (failure.err_code) {
    case kInsufficientMemory:
    case kInsufficientStorage:
      return "max_bytes";
    case kLimitsViolateConsumers:
      return "consumer_limits";
    default:
      return nullptr;
  }
}

/// The update with this field as the server has it now.
nlohmann::json without(const char* field, nlohmann::json request, const nlohmann::json& actual) {
  if (actual.contains(field))
    request[field] = actual[field];
  else
    request.erase(field);
  return request;
}

std::string applied_fields(const StreamPlan& stream, std::string_view but = {}) {
  std::vector<std::string> names;
  for (const FieldChange& change : stream.fields)
    if (change.applied && change.field != but &&
        std::ranges::find(names, change.field) == names.end())
      names.push_back(change.field);
  return fmt::format("{}", fmt::join(names, ", "));
}

class Reconciliation {
 public:
  Reconciliation(ApiPort& port,
                 const Declarations& desired,
                 const ReconcileOptions& options)
      : api_(port, options.timeout),
        desired_(desired),
        options_(options) {}

  ReconcileReport run() {
    if (!read())
      return give_up();
    report_.plan = full_plan();
    const bool sent = options_.mode != ReconcileMode::kPlanOnly && apply_in_rounds();
    if (!report_.listed)
      return give_up();
    report_.remaining = sent ? full_plan() : report_.plan;
    report_.unbound = unbound_subjects(desired_.streams, actual_.streams);
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
      add_problem("", list.error());
      return false;
    }
    actual_ = {.version = options_.version,
               .clustered = options_.clustered,
               .streams = std::move(list->streams),
               .unloaded = {}};
    states_ = states_by_name(actual_.streams);
    for (const std::string& name : list->unreachable)
      actual_.unloaded.push_back({name, "the server lists it but can't reach it"});
    for (const StreamSpec& spec : desired_.streams)
      if (auto evidence = evidence_of(spec.name); evidence && !is_listed(spec.name))
        actual_.unloaded.push_back({spec.name, std::move(*evidence)});
    return true;
  }

  [[nodiscard]] bool is_listed(const std::string& name) const { return states_.contains(name); }

  [[nodiscard]] std::optional<std::string> evidence_of(const std::string& name) const {
    return options_.evidence && !is_listed(name) ? options_.evidence(name) : std::nullopt;
  }

  [[nodiscard]] Plan full_plan() const {
    return make_plan(desired_, actual_, options_.allowed, options_.now_unix_ns);
  }

  [[nodiscard]] Declarations subjects_only() const {
    Declarations reduced = desired_;
    for (StreamSpec& spec : reduced.streams)
      if (is_listed(spec.name) && spec.config.contains("subjects"))
        spec.config = nlohmann::json::object({{"subjects", spec.config["subjects"]}});
    return reduced;
  }

  [[nodiscard]] Plan plan_to_apply() const {
    if (options_.mode == ReconcileMode::kStart)
      return full_plan();
    return make_plan(subjects_only(), actual_, Allowed{}, options_.now_unix_ns);
  }

  [[nodiscard]] bool is_as_declared() const {
    return std::ranges::all_of(report_.plan.streams, [](const StreamPlan& stream) {
      return stream.change == Change::kKeep || stream.change == Change::kUnmanaged;
    });
  }

  /// A subject that moves between streams is free only after the other one gave it up: hence
  /// rounds. A stream that gave the same request an error is not asked again. False if nothing was
  /// sent.
  bool apply_in_rounds() {
    if (is_as_declared())
      return false;
    std::map<std::string, nlohmann::json> sent;
    for (int round = 0; round < kMaxRounds; ++round) {
      bool anything = false;
      const Plan plan = plan_to_apply();
      for (const StreamPlan& stream : plan.streams) {
        if (stream.request.is_null() || sent[stream.name] == stream.request)
          continue;
        sent[stream.name] = stream.request;
        apply(stream);
        anything = true;
      }
      if (!anything || !read())
        return true;
    }
    return true;
  }

  void apply(const StreamPlan& stream) {
    if (stream.change == Change::kCreate)
      create(stream);
    else
      update(stream);
  }

  /// What is there although the server does not list it, looked for right now.
  bool is_in_the_way(const std::string& name) {
    const auto evidence = evidence_of(name);
    if (evidence)
      report_.problems.push_back(
          {name, fmt::format("cannot create stream {}: it is there already ({})", name, *evidence),
           0, false});
    return evidence.has_value();
  }

  /// Whether it is proved that nothing of that name is there after all.
  bool is_absent(const std::string& name) {
    const auto info = api_.info(name);
    if (info)
      return false;  // somebody was faster; the next round compares
    if (info.error().err_code != kStreamNotFound) {
      add_problem(name, info.error());
      return false;
    }
    return !is_in_the_way(name);
  }

  /// One request: the list that the plan was made from did not have it, and a CREATE of a stream
  /// that somebody made meanwhile does nothing (same configuration) or is refused (10058).
  void create(const StreamPlan& stream) {
    if (is_in_the_way(stream.name))
      return;
    auto created = api_.create(stream.request);
    // 2.10 may fail once right after the account's last stream was deleted; the same code for a
    // store that can't be read leaves its folder behind, which is_absent() sees.
    if (!created && created.error().err_code == kStreamStoreFailed && is_absent(stream.name))
      created = api_.create(stream.request);
    if (created)
      report_.done.push_back("created " + stream.name);
    else
      settle_failure(stream.name, created.error());
  }

  void update(const StreamPlan& stream) {
    const auto updated = api_.update(stream.request);
    if (updated)
      note_update(stream, {});
    else if (const char* culprit = culprit_of(updated.error()))
      update_but(culprit, stream, updated.error());
    else
      settle_failure(stream.name, updated.error());
  }

  /// One field that can't be had must not keep the others out.
  void update_but(const char* culprit, const StreamPlan& stream, const ApiFailure& failure) {
    add_problem(stream.name, failure);
    const StreamState* state = find_state(states_, stream.name);
    if (state == nullptr || applied_fields(stream, culprit).empty())
      return;
    const auto again = api_.update(without(culprit, stream.request, state->config));
    if (again)
      note_update(stream, culprit);
    else
      settle_failure(stream.name, again.error());
  }

  void note_update(const StreamPlan& stream, std::string_view but) {
    report_.done.push_back(fmt::format("updated {}: {}", stream.name, applied_fields(stream, but)));
  }

  void settle_failure(const std::string& name, const ApiFailure& failure) {
    if (outcome_is_unknown(failure) && api_.info(name))
      return;  // it exists; the next round compares
    add_problem(name, failure);
  }

  void add_problem(const std::string& name, const ApiFailure& failure) {
    report_.problems.push_back({name, failure.message, failure.err_code, is_transient(failure)});
  }

  /// After kStart nothing that may be applied should be left; a server that says OK and does
  /// something else is found here.
  void note_what_did_not_take() {
    if (options_.mode != ReconcileMode::kStart)
      return;
    std::set<std::string> told;
    for (const StreamProblem& problem : report_.problems)
      told.insert(problem.stream);
    for (const StreamPlan& stream : report_.remaining.streams)
      if (!stream.request.is_null() && !told.contains(stream.name))
        report_.problems.push_back({stream.name,
                                    fmt::format("the server's stream {} still differs in: {}",
                                                stream.name, applied_fields(stream)),
                                    0, true});
  }

  ReconcileReport give_up() {
    report_.listed = false;
    report_.unbound = unbound_subjects(desired_.streams, {});
    return std::move(report_);
  }

  Api api_;
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
