#include <algorithm>
#include <array>
#include <iterator>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "jetstream/consumer_fields.h"
#include "jetstream/fields.h"
#include "jetstream/plan.h"

namespace unified::jetstream {
namespace {

constexpr std::string_view kConsumerTitle = "consumer {} of stream {}";

std::string join_subjects(const nlohmann::json& subjects) {
  std::string text;
  for (const auto& subject : subjects)
    text += (text.empty() ? "" : ", ") + subject.get<std::string>();
  return text;
}

std::string show_subjects(const FieldChange& change) {
  if (change.to.is_array() && !change.to.empty())
    return "+ " + join_subjects(change.to);
  return "- " + join_subjects(change.from);
}

void add_field(std::string& text, const FieldChange& change) {
  const std::string_view refused = change.applied ? "" : ", REFUSED";
  fmt::format_to(std::back_inserter(text), "  {:<23} {}  [{}{}]\n", change.field,
                 show_values(change), to_text(change.change), refused);
  if (!change.at_stake.empty())
    fmt::format_to(std::back_inserter(text), "      at stake: {}\n", change.at_stake);
  if (!change.why.empty())
    fmt::format_to(std::back_inserter(text), "      {}\n", change.why);
}

void add_stream(std::string& text, const StreamPlan& stream) {
  fmt::format_to(std::back_inserter(text), "{}: {}\n", stream.name, to_text(stream.change));
  if (!stream.note.empty())
    fmt::format_to(std::back_inserter(text), "      {}\n", stream.note);
  for (const FieldChange& change : stream.fields)
    add_field(text, change);
}

void add_consumer(std::string& text, const ConsumerPlan& consumer) {
  fmt::format_to(std::back_inserter(text), "{} > {}: {}{}\n", consumer.stream, consumer.name,
                 to_text(consumer.change), consumer.recreate ? ", deleted and created anew" : "");
  if (!consumer.note.empty())
    fmt::format_to(std::back_inserter(text), "      {}\n", consumer.note);
  for (const FieldChange& change : consumer.fields)
    add_field(text, change);
}

std::string summary(const Plan& plan) {
  const auto count = [&](const auto& matches) {
    return std::ranges::count_if(plan.streams, matches) +
           std::ranges::count_if(plan.consumers, matches);
  };
  const auto created = count([](const auto& object) {
    return object.change == Change::kCreate && !object.request.is_null();
  });
  const auto updated = count([](const auto& object) {
    return object.change != Change::kCreate && !object.request.is_null();
  });
  const auto unloaded =
      count([](const auto& object) { return object.change == Change::kUnloaded; });
  std::ptrdiff_t refused = 0;
  for (const StreamPlan& stream : plan.streams)
    refused += std::ranges::count(stream.fields, false, &FieldChange::applied);
  for (const ConsumerPlan& consumer : plan.consumers)
    refused += std::ranges::count(consumer.fields, false, &FieldChange::applied);
  const auto migrating =
      count([](const auto& object) { return object.change == Change::kMigrating; });
  const auto left_alone =
      count([](const auto& object) { return object.change == Change::kLeftAlone; });
  return fmt::format("{} to create, {} to update, {} refused field(s), {} not loaded{}{}\n",
                     created, updated, refused, unloaded,
                     migrating == 0 ? "" : fmt::format(", {} left to a migration", migrating),
                     left_alone == 0 ? "" : fmt::format(", {} left alone", left_alone));
}

}  // namespace

std::string show_values(const FieldChange& change) {
  if (change.field == "subjects")
    return show_subjects(change);
  const Field* field = find_field(change.field);
  if (field == nullptr)
    field = find_consumer_field(change.field);
  if (field == nullptr)
    return change.to.dump();
  if (change.from.is_null())
    return show_value(*field, change.to);
  return fmt::format("{} -> {}", show_value(*field, change.from), show_value(*field, change.to));
}

std::string to_text(Change change) {
  constexpr std::array<const char*, 10> kNames{
      "keep",      "create",    "safe",       "lossy",    "irreversible",
      "immutable", "migrating", "left alone", "unloaded", "unmanaged"};
  return kNames.at(static_cast<std::size_t>(change));
}

std::string to_text(const Plan& plan) {
  std::string text;
  for (const StreamPlan& stream : plan.streams)
    add_stream(text, stream);
  for (const ConsumerPlan& consumer : plan.consumers)
    add_consumer(text, consumer);
  return text + summary(plan);
}

std::string title_of(const StreamPlan& stream) {
  return "stream " + stream.name;
}

std::string title_of(const ConsumerPlan& consumer) {
  return fmt::format(kConsumerTitle, consumer.name, consumer.stream);
}

std::string title_of(const ConsumerSpec& consumer) {
  return fmt::format(kConsumerTitle, consumer.name, consumer.stream);
}

std::string counted(const Declarations& declarations) {
  const std::string streams = fmt::format("{} stream(s)", declarations.streams.size());
  return declarations.consumers.empty()
             ? streams
             : fmt::format("{}, {} consumer(s)", streams, declarations.consumers.size());
}

}  // namespace unified::jetstream
