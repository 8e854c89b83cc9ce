#include "app/streams_view.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "jetstream/bound.h"

namespace unified::app {
namespace {

using jetstream::Change;

std::string describe_field(const jetstream::FieldChange& field) {
  std::string text =
      fmt::format("{} {} ({})", field.field, show_values(field), to_text(field.change));
  if (!field.at_stake.empty())
    text += ", at stake: " + field.at_stake;
  if (!field.why.empty())
    text += ": " + field.why;
  return text;
}

template <typename ObjectPlan>
std::string describe_unloaded(const ObjectPlan& object) {
  return fmt::format("{} is not loaded: {}", title_of(object), object.note);
}

template <typename ObjectPlan>
std::string describe_migrating(const ObjectPlan& object) {
  return fmt::format("{}: {}", title_of(object), object.note);
}

/// Adds a line for every field; `difference` names one that a further run would change. That an
/// object is missing is told once, not again for every field that it would have.
template <typename ObjectPlan>
void describe_fields(const ObjectPlan& object,
                     std::string_view difference,
                     std::vector<std::string>& lines) {
  for (const jetstream::FieldChange& field : object.fields)
    if (object.change != Change::kCreate || !field.applied)
      lines.push_back(fmt::format("{}: {}: {}", title_of(object),
                                  field.applied ? difference : "not applied",
                                  describe_field(field)));
}

/// What there is to say of the object itself, whatever its fields are.
template <typename ObjectPlan>
std::optional<std::string> describe_whole(const ObjectPlan& object) {
  switch (object.change) {
    case Change::kUnloaded:
      return describe_unloaded(object);
    case Change::kMigrating:
      return describe_migrating(object);
    case Change::kCreate:
      return fmt::format("{}: missing{}{}", title_of(object), object.note.empty() ? "" : ": ",
                         object.note);
    case Change::kKeep:
      return title_of(object) + ": as declared";
    default:
      return std::nullopt;
  }
}

}  // namespace

health::StreamFacts facts_of(const jetstream::StreamSpec& spec,
                             const jetstream::StreamState* actual) {
  health::StreamFacts facts;
  facts.name = spec.name;
  facts.declared_subjects = jetstream::subjects_of(spec.config);
  facts.unbound_subjects = jetstream::unbound_subjects(spec, actual);
  if (actual == nullptr)
    return facts;
  facts.present = true;
  facts.on_file = actual->config.value("storage", "file") == "file";
  facts.messages = actual->messages;
  facts.bytes = actual->bytes;
  facts.max_messages = actual->config.value("max_msgs", std::int64_t{-1});
  facts.max_bytes = actual->config.value("max_bytes", std::int64_t{-1});
  return facts;
}

StreamsView make_view(const jetstream::ReconcileReport& report,
                      const jetstream::Declarations& desired) {
  StreamsView view;
  view.known = report.listed;
  view.actual = report.actual;
  for (const jetstream::StreamProblem& problem : report.problems)
    view.errors.push_back(problem.message);
  const auto states = jetstream::states_by_name(report.actual);
  for (const jetstream::StreamSpec& spec : desired.streams)
    view.streams.push_back(facts_of(spec, jetstream::find_state(states, spec.name)));
  for (const jetstream::StreamPlan& stream : report.remaining.streams) {
    if (stream.change == Change::kUnloaded)
      view.unloaded.push_back(describe_unloaded(stream));
    if (stream.change == Change::kMigrating)
      view.unloaded.push_back(describe_migrating(stream));
    describe_fields(stream, "drift", view.refused);
  }
  view.missing_consumers = report.missing_consumers;
  for (const jetstream::ConsumerPlan& consumer : report.remaining.consumers) {
    if (consumer.change == Change::kUnloaded)
      view.unloaded.push_back(describe_unloaded(consumer));
    describe_fields(consumer, "drift", view.refused);
  }
  return view;
}

void add_streams(const StreamsView& view, health::Snapshot& facts) {
  facts.streams_known = view.known;
  facts.streams = view.streams;
  facts.refused = view.refused;
  facts.unloaded = view.unloaded;
  facts.errors = view.errors;
  facts.missing_consumers = view.missing_consumers;
}

namespace {

template <typename ObjectPlan>
bool may_be_absent(const ObjectPlan& object, const std::set<std::string>& expired) {
  return object.change == Change::kCreate && expired.contains(title_of(object));
}

}  // namespace

std::vector<std::string> describe(const jetstream::ReconcileReport& report) {
  constexpr std::ptrdiff_t kMostToName = 20;
  std::vector<std::string> lines = report.done;
  const std::set<std::string> expired{report.expired_consumers.begin(),
                                      report.expired_consumers.end()};
  const auto tell = [&](const auto& objects, std::string_view kind) {
    const auto is_kept = [](const auto& object) { return object.change == Change::kKeep; };
    const auto kept = std::ranges::count_if(objects, is_kept);
    for (const auto& object : objects) {
      if (object.change == Change::kUnmanaged || (is_kept(object) && kept > kMostToName) ||
          may_be_absent(object, expired))
        continue;
      if (const auto line = describe_whole(object))
        lines.push_back(*line);
      describe_fields(object, "differs", lines);
    }
    if (kept > kMostToName)
      lines.push_back(fmt::format("{} {}: as declared", kept, kind));
  };
  for (const auto& [stream, why] : report.left_alone)
    lines.push_back(fmt::format("stream {} {}: it is left alone", stream, why));
  tell(report.remaining.streams, "streams");
  tell(report.remaining.consumers, "consumers");
  for (const jetstream::StreamProblem& problem : report.problems)
    lines.push_back(problem.message);
  lines.insert(lines.end(), report.warnings.begin(), report.warnings.end());
  if (report.listed && !report.unbound.empty())
    lines.push_back(fmt::format("not ready: no stream stores {}", fmt::join(report.unbound, ", ")));
  if (report.listed && !report.missing_consumers.empty())
    lines.push_back(
        fmt::format("not ready: missing: {}", fmt::join(report.missing_consumers, ", ")));
  return lines;
}

std::vector<std::string> made_anew(const jetstream::ReconcileReport& report) {
  std::vector<std::string> lines;
  lines.reserve(report.created_streams.size() + report.created_consumers.size());
  for (const std::string& stream : report.created_streams)
    lines.push_back(stream + " was missing and was created again, empty");
  for (const std::string& consumer : report.created_consumers)
    lines.push_back(consumer +
                    " was missing and was created again: it begins where its deliver_policy says, "
                    "and what was acknowledged before may come again");
  return lines;
}

}  // namespace unified::app
