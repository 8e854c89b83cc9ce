#include "jetstream/reconciler.h"

#include <algorithm>
#include <array>

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

std::vector<StreamSpec> subjects_only(const std::vector<StreamSpec>& desired,
                                      const std::vector<StreamState>& actual) {
  std::vector<StreamSpec> reduced = desired;
  for (StreamSpec& spec : reduced) {
    const bool exists = std::ranges::find(actual, spec.name, &StreamState::name) != actual.end();
    if (exists && spec.config.contains("subjects"))
      spec.config = nlohmann::json::object({{"subjects", spec.config["subjects"]}});
  }
  return reduced;
}

std::string applied_fields(const StreamPlan& stream) {
  std::vector<std::string> names;
  for (const FieldChange& change : stream.fields)
    if (change.applied && std::ranges::find(names, change.field) == names.end())
      names.push_back(change.field);
  return fmt::format("{}", fmt::join(names, ", "));
}

class Reconciliation {
 public:
  Reconciliation(ApiPort& port,
                 const std::vector<StreamSpec>& desired,
                 const ReconcileOptions& options)
      : api_(port, options.timeout),
        desired_(desired),
        options_(options) {}

  ReconcileReport run() {
    if (!read())
      return give_up();
    report_.plan = full_plan();
    if (options_.mode != ReconcileMode::kPlanOnly)
      apply_in_rounds();
    if (!report_.listed)
      return give_up();
    report_.remaining = full_plan();
    report_.actual = actual_.streams;
    report_.unbound = unbound_subjects(desired_, actual_.streams);
    note_what_did_not_take();
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
    for (const std::string& name : list->unreachable)
      actual_.unloaded.push_back({name, "the server lists it but can't reach it"});
    for (const StreamSpec& spec : desired_)
      if (auto evidence = evidence_of(spec.name); evidence && !is_listed(spec.name))
        actual_.unloaded.push_back({spec.name, std::move(*evidence)});
    return true;
  }

  [[nodiscard]] bool is_listed(const std::string& name) const {
    return std::ranges::find(actual_.streams, name, &StreamState::name) != actual_.streams.end();
  }

  [[nodiscard]] std::optional<std::string> evidence_of(const std::string& name) const {
    return options_.evidence && !is_listed(name) ? options_.evidence(name) : std::nullopt;
  }

  [[nodiscard]] Plan full_plan() const {
    return make_plan(desired_, actual_, options_.allowed, options_.now_unix_ns);
  }

  [[nodiscard]] Plan plan_to_apply() const {
    if (options_.mode == ReconcileMode::kStart)
      return full_plan();
    return make_plan(subjects_only(desired_, actual_.streams), actual_, Allowed{},
                     options_.now_unix_ns);
  }

  /// A subject that moves between streams is free only after the other one gave it up: hence
  /// rounds. A stream that gave the same request an error is not asked again.
  void apply_in_rounds() {
    std::vector<nlohmann::json> sent;
    for (int round = 0; round < kMaxRounds; ++round) {
      bool anything = false;
      const Plan plan = plan_to_apply();
      for (const StreamPlan& stream : plan.streams) {
        if (stream.request.is_null() || std::ranges::find(sent, stream.request) != sent.end())
          continue;
        sent.push_back(stream.request);
        apply(stream);
        anything = true;
      }
      if (!anything || !read())
        return;
    }
  }

  void apply(const StreamPlan& stream) {
    if (stream.change == Change::kCreate)
      create(stream);
    else
      update(stream);
  }

  /// Whether it is proved, right now, that nothing of that name is there.
  bool is_absent(const std::string& name) {
    const auto info = api_.info(name);
    if (info)
      return false;  // somebody was faster; the next round compares
    if (info.error().err_code != kStreamNotFound) {
      add_problem(name, info.error());
      return false;
    }
    const auto evidence = evidence_of(name);
    if (evidence)
      report_.problems.push_back(
          {name, fmt::format("cannot create stream {}: it is there already ({})", name, *evidence),
           0, false});
    return !evidence;
  }

  void create(const StreamPlan& stream) {
    if (!is_absent(stream.name))
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
      report_.done.push_back(fmt::format("updated {}: {}", stream.name, applied_fields(stream)));
    else
      settle_failure(stream.name, updated.error());
  }

  void settle_failure(const std::string& name, const ApiFailure& failure) {
    if (outcome_is_unknown(failure) && api_.info(name))
      return;  // it exists; the next round compares
    add_problem(name, failure);
  }

  void add_problem(const std::string& name, const ApiFailure& failure) {
    report_.problems.push_back({name, failure.message, failure.err_code, is_transient(failure)});
  }

  [[nodiscard]] bool has_problem(const std::string& name) const {
    return std::ranges::find(report_.problems, name, &StreamProblem::stream) !=
           report_.problems.end();
  }

  /// After kStart nothing that may be applied should be left; a server that says OK and does
  /// something else is found here.
  void note_what_did_not_take() {
    if (options_.mode != ReconcileMode::kStart)
      return;
    for (const StreamPlan& stream : report_.remaining.streams)
      if (!stream.request.is_null() && !has_problem(stream.name))
        report_.problems.push_back({stream.name,
                                    fmt::format("the server's stream {} still differs in: {}",
                                                stream.name, applied_fields(stream)),
                                    0, true});
  }

  ReconcileReport give_up() {
    report_.listed = false;
    report_.unbound = unbound_subjects(desired_, {});
    return std::move(report_);
  }

  Api api_;
  const std::vector<StreamSpec>& desired_;
  const ReconcileOptions& options_;
  Actual actual_;
  ReconcileReport report_;
};

}  // namespace

bool ReconcileReport::transient() const {
  return std::ranges::any_of(problems, &StreamProblem::transient);
}

ReconcileReport reconcile(ApiPort& port,
                          const std::vector<StreamSpec>& desired,
                          const ReconcileOptions& options) {
  return Reconciliation{port, desired, options}.run();
}

}  // namespace unified::jetstream
