#include <cstdint>

#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/uuid.hpp>
#include <fmt/format.h>

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

nlohmann::json consumer_json(const ConsumerPlan& consumer) {
  nlohmann::json fields = nlohmann::json::array();
  for (const FieldChange& change : consumer.fields)
    fields.push_back(field_json(change));
  nlohmann::json json{{"stream", consumer.stream},          {"name", consumer.name},
                      {"change", to_text(consumer.change)}, {"recreate", consumer.recreate},
                      {"fields", std::move(fields)},        {"request", consumer.request}};
  if (!consumer.note.empty())
    json["note"] = consumer.note;
  return json;
}

bool is_part(Change change) {
  return change != Change::kKeep && change != Change::kUnmanaged && change != Change::kLeftAlone;
}

/// nats-server's own metadata. 2.15 shows more of it in STREAM.INFO than in STREAM.LIST.
void erase_server_metadata(nlohmann::json& request) {
  if (!request.is_object() || !request.contains("metadata"))
    return;
  nlohmann::json kept = nlohmann::json::object();
  for (const auto& [key, value] : request["metadata"].items())
    if (!key.starts_with("_nats."))
      kept[key] = value;
  request["metadata"] = std::move(kept);
}

/// Words for people have counts in them that go on while nothing of that is done.
nlohmann::json without_words(nlohmann::json object) {
  object.erase("note");
  erase_server_metadata(object["request"]);
  for (nlohmann::json& field : object["fields"]) {
    field.erase("why");
    if (field["applied"] == false)
      field.erase("at_stake");
  }
  return object;
}

}  // namespace

std::string plan_hash(const Plan& plan) {
  nlohmann::json parts = nlohmann::json::array();
  for (const StreamPlan& stream : plan.streams)
    if (is_part(stream.change))
      parts.push_back(without_words(stream_json(stream)));
  for (const ConsumerPlan& consumer : plan.consumers)
    if (is_part(consumer.change))
      parts.push_back(without_words(consumer_json(consumer)));
  constexpr std::size_t kDigits = 16;
  const boost::uuids::name_generator_sha1 sha1{boost::uuids::ns::oid()};
  const boost::uuids::uuid id =
      sha1(parts.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  std::string digits;
  for (const std::uint8_t byte : id)
    digits += fmt::format("{:02x}", byte);
  return digits.substr(0, kDigits);
}

nlohmann::json to_json(const Plan& plan) {
  nlohmann::json streams = nlohmann::json::array();
  for (const StreamPlan& stream : plan.streams)
    streams.push_back(stream_json(stream));
  nlohmann::json consumers = nlohmann::json::array();
  for (const ConsumerPlan& consumer : plan.consumers)
    consumers.push_back(consumer_json(consumer));
  return {{"hash", plan_hash(plan)},
          {"streams", std::move(streams)},
          {"consumers", std::move(consumers)},
          {"has_changes", plan.has_changes()},
          {"has_refusals", plan.has_refusals()}};
}

}  // namespace unified::jetstream
