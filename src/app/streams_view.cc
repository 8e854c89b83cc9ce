#include "app/streams_view.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "jetstream/bound.h"

namespace unified::app {
namespace {

using jetstream::Change;

health::StreamFacts facts_of(const jetstream::StreamSpec& spec,
                             const std::vector<jetstream::StreamState>& actual) {
  health::StreamFacts facts;
  facts.name = spec.name;
  facts.declared_subjects = jetstream::subjects_of(spec.config);
  facts.unbound_subjects = jetstream::unbound_subjects({spec}, actual);
  const auto found = std::ranges::find(actual, spec.name, &jetstream::StreamState::name);
  if (found == actual.end())
    return facts;
  facts.present = true;
  facts.messages = found->messages;
  facts.bytes = found->bytes;
  facts.max_messages = found->config.value("max_msgs", std::int64_t{-1});
  facts.max_bytes = found->config.value("max_bytes", std::int64_t{-1});
  return facts;
}

std::string describe_field(const jetstream::FieldChange& field) {
  std::string text = fmt::format("{} {} -> {} ({})", field.field, field.from.dump(),
                                 field.to.dump(), to_text(field.change));
  if (!field.at_stake.empty())
    text += ", at stake: " + field.at_stake;
  if (!field.why.empty())
    text += ": " + field.why;
  return text;
}

std::string describe_unloaded(const jetstream::StreamPlan& stream) {
  return fmt::format(
      "stream {} is on disk but nats-server did not load it, so nothing is done to it: {}",
      stream.name, stream.note);
}

}  // namespace

StreamsView make_view(const jetstream::ReconcileReport& report,
                      const std::vector<jetstream::StreamSpec>& desired) {
  StreamsView view;
  view.known = report.listed;
  view.actual = report.actual;
  for (const jetstream::StreamProblem& problem : report.problems)
    view.errors.push_back(problem.message);
  for (const jetstream::StreamSpec& spec : desired)
    view.streams.push_back(facts_of(spec, report.actual));
  for (const jetstream::StreamPlan& stream : report.remaining.streams) {
    if (stream.change == Change::kUnloaded)
      view.unloaded.push_back(describe_unloaded(stream));
    for (const jetstream::FieldChange& field : stream.fields)
      view.refused.push_back(fmt::format("stream {}: {}: {}", stream.name,
                                         field.applied ? "drift" : "not applied",
                                         describe_field(field)));
  }
  return view;
}

std::vector<std::string> describe(const jetstream::ReconcileReport& report) {
  std::vector<std::string> lines = report.done;
  for (const jetstream::StreamPlan& stream : report.remaining.streams) {
    if (stream.change == Change::kUnloaded)
      lines.push_back(describe_unloaded(stream));
    if (stream.change == Change::kCreate)
      lines.push_back(fmt::format("stream {}: missing", stream.name));
    if (stream.change == Change::kKeep)
      lines.push_back(fmt::format("stream {}: as declared", stream.name));
    if (stream.change == Change::kUnmanaged)
      continue;
    for (const jetstream::FieldChange& field : stream.fields)
      lines.push_back(fmt::format("stream {}: {}: {}", stream.name,
                                  field.applied ? "differs" : "not applied",
                                  describe_field(field)));
  }
  for (const jetstream::StreamProblem& problem : report.problems)
    lines.push_back(problem.message);
  if (!report.unbound.empty())
    lines.push_back(fmt::format("not ready: no stream stores {}", fmt::join(report.unbound, ", ")));
  return lines;
}

}  // namespace unified::app
