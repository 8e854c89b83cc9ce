#include "jetstream/plan.h"

namespace unified::jetstream {
namespace {

nlohmann::json field_json(const FieldChange& change) {
  nlohmann::json json{{"field", change.field},
                      {"change", to_text(change.change)},
                      {"from", change.from},
                      {"to", change.to},
                      {"applied", change.applied}};
  if (!change.at_stake.empty())
    json["at_stake"] = change.at_stake;
  if (!change.why.empty())
    json["why"] = change.why;
  return json;
}

nlohmann::json stream_json(const StreamPlan& stream) {
  nlohmann::json fields = nlohmann::json::array();
  for (const FieldChange& change : stream.fields)
    fields.push_back(field_json(change));
  nlohmann::json json{{"name", stream.name},
                      {"change", to_text(stream.change)},
                      {"fields", std::move(fields)},
                      {"request", stream.request},
                      {"declared_subjects", stream.declared_subjects}};
  if (!stream.note.empty())
    json["note"] = stream.note;
  return json;
}

}  // namespace

nlohmann::json to_json(const Plan& plan) {
  nlohmann::json streams = nlohmann::json::array();
  for (const StreamPlan& stream : plan.streams)
    streams.push_back(stream_json(stream));
  return {{"streams", std::move(streams)},
          {"has_changes", plan.has_changes()},
          {"has_refusals", plan.has_refusals()}};
}

}  // namespace unified::jetstream
