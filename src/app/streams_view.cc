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

/// What of a difference does not change while messages come and go.
template <typename ObjectPlan>
std::string key_of(const ObjectPlan& object, const jetstream::FieldChange& field) {
  return fmt::format("{}|{}|{}|{}|{}", title_of(object), field.field, to_text(field.change),
                     field.applied,
                     field.to.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

template <typename ObjectPlan>
std::string key_of(const ObjectPlan& object) {
  return fmt::format("{}|{}", title_of(object), to_text(object.change));
}

/// Its words without their numbers: a problem has no other structure.
std::string key_of(const jetstream::StreamProblem& problem) {
  std::string words = problem.message;
  std::erase_if(words, [](unsigned char each) { return each >= '0' && each <= '9'; });
  return fmt::format("{}|{}|{}", problem.object, problem.err_code, words);
}

KeyedLine keyed(const std::string& line) {
  return {line, line};
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
                     std::vector<KeyedLine>& lines) {
  for (const jetstream::FieldChange& field : object.fields)
    if (object.change != Change::kCreate || !field.applied)
      lines.push_back(
          {key_of(object, field),
           fmt::format("{}: {}: {}", title_of(object), field.applied ? difference : "not applied",
                       describe_field(field))});
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
  facts.refuses_when_full = actual->config.value("discard", "old") == "new";
  facts.unusable = jetstream::why_unusable(spec, *actual);
  return facts;
}

StreamsView make_view(const jetstream::ReconcileReport& report,
                      const jetstream::Declarations& desired) {
  StreamsView view;
  view.known = report.listed;
  view.actual = report.actual;
  const auto states = jetstream::states_by_name(report.actual);
  for (const jetstream::StreamSpec& spec : desired.streams)
    view.streams.push_back(facts_of(spec, jetstream::find_state(states, spec.name)));
  view.missing_consumers = report.missing_consumers;
  std::vector<KeyedLine> refused;
  std::vector<KeyedLine> unloaded;
  std::vector<KeyedLine> errors;
  for (const jetstream::StreamPlan& stream : report.remaining.streams) {
    if (stream.change == Change::kUnloaded)
      unloaded.push_back({key_of(stream), describe_unloaded(stream)});
    if (stream.change == Change::kMigrating)
      unloaded.push_back({key_of(stream), describe_migrating(stream)});
    describe_fields(stream, "drift", refused);
  }
  for (const jetstream::ConsumerPlan& consumer : report.remaining.consumers) {
    if (consumer.change == Change::kUnloaded)
      unloaded.push_back({key_of(consumer), describe_unloaded(consumer)});
    describe_fields(consumer, "drift", refused);
  }
  errors.reserve(report.problems.size());
  for (const jetstream::StreamProblem& problem : report.problems)
    errors.push_back({key_of(problem), problem.message});
  const auto add = [&](std::vector<KeyedLine>& found, std::vector<std::string>& lines) {
    for (KeyedLine& one : found) {
      lines.push_back(one.line);
      view.faults.push_back(std::move(one));
    }
  };
  add(refused, view.refused);
  add(unloaded, view.unloaded);
  add(errors, view.errors);
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

std::vector<KeyedLine> describe(const jetstream::ReconcileReport& report) {
  constexpr std::ptrdiff_t kMostToName = 20;
  std::vector<KeyedLine> lines;
  const auto say = [&](const std::string& line) { lines.push_back(keyed(line)); };
  std::ranges::for_each(report.done, say);
  const std::set<std::string> expired{report.expired_consumers.begin(),
                                      report.expired_consumers.end()};
  const auto tell = [&](const auto& objects, std::string_view kind) {
    const auto is_kept = [](const auto& object) { return object.change == Change::kKeep; };
    const auto kept = std::ranges::count_if(objects, is_kept);
    for (const auto& object : objects) {
      if (object.change == Change::kUnmanaged || (is_kept(object) && kept > kMostToName) ||
          may_be_absent(object, expired))
        continue;
      if (auto line = describe_whole(object))
        lines.push_back({key_of(object), *std::move(line)});
      describe_fields(object, "differs", lines);
    }
    if (kept > kMostToName)
      say(fmt::format("{} {}: as declared", kept, kind));
  };
  for (const auto& [stream, why] : report.left_alone)
    say(fmt::format("stream {} {}: it is left alone", stream, why));
  tell(report.remaining.streams, "streams");
  tell(report.remaining.consumers, "consumers");
  for (const jetstream::StreamProblem& problem : report.problems)
    lines.push_back({key_of(problem), problem.message});
  std::ranges::for_each(report.warnings, say);
  if (report.listed && !report.unbound.empty())
    say("not ready: " + jetstream::where_unbound(report.unbound, report.actual));
  if (report.listed && !report.missing_consumers.empty())
    say(fmt::format("not ready: missing: {}", fmt::join(report.missing_consumers, ", ")));
  return lines;
}

bool are_same(const std::vector<KeyedLine>& one, const std::vector<KeyedLine>& other) {
  return std::ranges::equal(one, other, {}, &KeyedLine::key, &KeyedLine::key);
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
