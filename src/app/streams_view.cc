#include "app/streams_view.h"

#include <algorithm>
#include <optional>
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

std::string describe_unloaded(const jetstream::StreamPlan& stream) {
  return fmt::format("stream {} is not loaded: {}", stream.name, stream.note);
}

/// That a stream is missing is told once, not again for every field that it would have.
bool is_worth_telling(const jetstream::StreamPlan& stream, const jetstream::FieldChange& field) {
  return stream.change != Change::kCreate || !field.applied;
}

/// Adds a line for every field; `difference` names one that a further run would change.
void describe_fields(const jetstream::StreamPlan& stream,
                     std::string_view difference,
                     std::vector<std::string>& lines) {
  for (const jetstream::FieldChange& field : stream.fields)
    if (is_worth_telling(stream, field))
      lines.push_back(fmt::format("stream {}: {}: {}", stream.name,
                                  field.applied ? difference : "not applied",
                                  describe_field(field)));
}

/// What there is to say of the stream itself, whatever its fields are.
std::optional<std::string> describe_whole(const jetstream::StreamPlan& stream) {
  switch (stream.change) {
    case Change::kUnloaded:
      return describe_unloaded(stream);
    case Change::kCreate:
      return fmt::format("stream {}: missing", stream.name);
    case Change::kKeep:
      return fmt::format("stream {}: as declared", stream.name);
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
    describe_fields(stream, "drift", view.refused);
  }
  return view;
}

void add_streams(const StreamsView& view, health::Snapshot& facts) {
  facts.streams_known = view.known;
  facts.streams = view.streams;
  facts.refused = view.refused;
  facts.unloaded = view.unloaded;
  facts.errors = view.errors;
}

std::vector<std::string> describe(const jetstream::ReconcileReport& report) {
  constexpr std::ptrdiff_t kMostToName = 20;
  const auto kept =
      std::ranges::count(report.remaining.streams, Change::kKeep, &jetstream::StreamPlan::change);
  std::vector<std::string> lines = report.done;
  for (const jetstream::StreamPlan& stream : report.remaining.streams) {
    if (stream.change == Change::kUnmanaged)
      continue;
    const bool one_of_many = stream.change == Change::kKeep && kept > kMostToName;
    if (const auto line = describe_whole(stream); line && !one_of_many)
      lines.push_back(*line);
    describe_fields(stream, "differs", lines);
  }
  if (kept > kMostToName)
    lines.push_back(fmt::format("{} streams: as declared", kept));
  for (const jetstream::StreamProblem& problem : report.problems)
    lines.push_back(problem.message);
  if (report.listed && !report.unbound.empty())
    lines.push_back(fmt::format("not ready: no stream stores {}", fmt::join(report.unbound, ", ")));
  return lines;
}

}  // namespace unified::app
