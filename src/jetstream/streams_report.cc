#include "jetstream/streams_report.h"

#include <algorithm>
#include <set>
#include <string>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/average_message.h"
#include "jetstream/bound.h"

namespace unified::jetstream {
namespace {

/// natscli's default (nats-ops.md §4).
constexpr double kWarnShare = 0.75;

StreamReport of_declared(const StreamSpec& spec, const StreamState* actual) {
  StreamReport report;
  report.name = spec.name;
  report.declared = true;
  report.declared_subjects = subjects_of(spec.config);
  report.unbound_subjects = unbound_subjects(spec, actual);
  if (actual != nullptr)
    if (const std::string unusable = why_unusable(spec, *actual); !unusable.empty())
      report.errors.push_back(unusable);
  return report;
}

/// How much of max_bytes is used: all of it, when an average message would not fit any more.
std::int64_t bytes_in_use(const StreamState& state) {
  const std::int64_t most = state.config.value("max_bytes", std::int64_t{-1});
  const bool full = most > 0 && lacks_room_for_average(state.messages, state.bytes, most);
  return full ? std::max(state.bytes, most) : state.bytes;
}

void warn_when_full(StreamReport& report, const char* what, std::int64_t used, const char* limit) {
  const std::int64_t most = report.state.config.value(limit, std::int64_t{-1});
  if (most <= 0 || static_cast<double>(used) < kWarnShare * static_cast<double>(most))
    return;
  const bool drops = report.state.config.value("discard", "old") == "old";
  std::vector<std::string>& problems = used >= most && !drops ? report.errors : report.warnings;
  problems.push_back(
      fmt::format("stream {} is at {:.0f} % of {} ({} of {} {}): at the limit it {}", report.name,
                  100 * static_cast<double>(used) / static_cast<double>(most), limit, used, most,
                  what, drops ? "drops its oldest messages" : "refuses new messages"));
}

/// The object is there: whether it is as declared.
template <typename ObjectPlan>
void judge_fields(const ObjectPlan& plan, StreamReport& report) {
  std::vector<std::string> differing;
  for (const FieldChange& field : plan.fields)
    if (std::ranges::find(differing, field.field) == differing.end())
      differing.push_back(field.field);
  if (!differing.empty())
    report.warnings.push_back(
        fmt::format("{} differs from its declaration in: {}; `plan` shows how", title_of(plan),
                    fmt::join(differing, ", ")));
}

void judge_plan(const StreamPlan& plan, StreamReport& report) {
  if (plan.change == Change::kUnloaded)
    report.errors.push_back(fmt::format("stream {} is not loaded: {}", plan.name, plan.note));
  if (plan.change == Change::kMigrating)
    report.errors.push_back(fmt::format("stream {}: {}", plan.name, plan.note));
  if (report.present)
    judge_fields(plan, report);
}

/// A line of its stream; one that is nowhere is told once.
void judge_consumer(const ConsumerPlan& plan,
                    const std::set<std::string>& expired,
                    std::vector<StreamReport>& streams) {
  auto found = std::ranges::find(streams, plan.stream, &StreamReport::name);
  if (found == streams.end()) {
    streams.push_back({.name = plan.stream});
    found = std::prev(streams.end());
    found->errors.push_back(fmt::format(
        "stream {} does not exist, and only consumers of it are declared", plan.stream));
  }
  if (plan.change == Change::kUnloaded)
    found->errors.push_back(fmt::format("{} is not loaded: {}", title_of(plan), plan.note));
  else if (plan.change == Change::kMigrating)
    found->errors.push_back(fmt::format("{}: {}", title_of(plan), plan.note));
  else if (plan.change != Change::kCreate)
    judge_fields(plan, *found);
  else if (found->present && expired.contains(title_of(plan)))
    found->warnings.push_back(
        fmt::format("{} is gone, for no client used it for its inactive_threshold; the next start "
                    "or `init` creates it",
                    title_of(plan)));
  else if (found->present)
    found->errors.push_back(fmt::format("{} does not exist; `init` creates it", title_of(plan)));
}

void judge(StreamReport& report) {
  if (!report.present && report.errors.empty())
    report.errors.push_back(
        fmt::format("stream {} does not exist; `init` creates it", report.name));
  else if (!report.unbound_subjects.empty())
    report.errors.push_back(fmt::format(
        "stream {} does not store {}: publishers get no answer there; `plan` shows why, `init` "
        "binds what is missing",
        report.name, fmt::join(report.unbound_subjects, ", ")));
  if (!report.present)
    return;
  warn_when_full(report, "messages", report.state.messages, "max_msgs");
  warn_when_full(report, "bytes", bytes_in_use(report.state), "max_bytes");
}

}  // namespace

bool StreamsReport::has_errors() const {
  return std::ranges::any_of(streams, [](const auto& stream) { return !stream.errors.empty(); });
}

bool StreamsReport::has_warnings() const {
  return std::ranges::any_of(streams, [](const auto& stream) { return !stream.warnings.empty(); });
}

StreamsReport judge_streams(const std::vector<StreamSpec>& desired, const ReconcileReport& seen) {
  StreamsReport report;
  const StatesByName states = states_by_name(seen.actual);
  for (const StreamSpec& spec : desired)
    report.streams.push_back(of_declared(spec, find_state(states, spec.name)));
  std::vector<StreamState> actual = seen.actual;
  std::ranges::sort(actual, {}, &StreamState::name);
  for (StreamState& state : actual) {
    auto found = std::ranges::find(report.streams, state.name, &StreamReport::name);
    if (found == report.streams.end()) {
      report.streams.push_back({.name = state.name});
      found = std::prev(report.streams.end());
    }
    found->present = true;
    found->state = std::move(state);
  }
  const std::set<std::string> expired{seen.expired_consumers.begin(), seen.expired_consumers.end()};
  for (const ConsumerPlan& consumer : seen.plan.consumers)
    judge_consumer(consumer, expired, report.streams);
  for (StreamReport& stream : report.streams) {
    const auto plan = std::ranges::find(seen.plan.streams, stream.name, &StreamPlan::name);
    if (plan != seen.plan.streams.end())
      judge_plan(*plan, stream);
    judge(stream);
    if (const auto held = seen.left_alone.find(stream.name); held != seen.left_alone.end())
      stream.warnings.push_back(
          fmt::format("stream {} {}: nothing of ours touches it", stream.name, held->second));
  }
  return report;
}

void add_details(ApiPort& port, StreamsReport& report, std::chrono::milliseconds timeout) {
  report.detailed = true;
  for (StreamReport& stream : report.streams) {
    if (!stream.present)
      continue;
    const auto& patterns =
        stream.declared ? stream.declared_subjects : subjects_of(stream.state.config);
    for (const std::string& subject : patterns) {
      auto state = subject_state(port, stream.name, subject, timeout);
      if (state)
        stream.subjects.push_back(*std::move(state));
      else
        stream.errors.push_back(state.error().message);
    }
    auto consumers = consumer_reports(port, stream.name, timeout);
    if (consumers)
      stream.consumers = *std::move(consumers);
    else
      stream.errors.push_back(consumers.error().message);
  }
}

}  // namespace unified::jetstream
