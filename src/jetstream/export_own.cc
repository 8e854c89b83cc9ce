#include <array>
#include <utility>

#include "jetstream/consumer_fields.h"
#include "jetstream/export_forms.h"
#include "jetstream/manifest_variables.h"
#include "jetstream/yaml_text.h"

namespace unified::jetstream {
namespace {

using OrderedJson = nlohmann::ordered_json;

constexpr std::int64_t kUsualAckWait = 30'000'000'000;

/// Fields of a bucket that go by another name there.
std::string own_bucket_name(const std::string& field) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kNames{
      {{"max_msgs_per_subject", "history"},
       {"max_age", "ttl"},
       {"max_msg_size", "max_value_size"},
       {"subject_delete_marker_ttl", "limit_marker_ttl"}}};
  for (const auto& [ours, theirs] : kNames)
    if (field == ours)
      return std::string{theirs};
  return field;
}

void add_fields(std::span<const Field> fields,
                const nlohmann::json& config,
                std::string (*name_of)(const std::string&),
                OrderedJson& object) {
  for (const Field& field : fields)
    if (const auto value = config.find(field.name); value != config.end())
      object[name_of(std::string{field.name})] = written_value(field, *value, without_variables);
}

std::string same_name(const std::string& field) {
  return field;
}

OrderedJson own_stream(const StreamSpec& spec) {
  OrderedJson object{{"name", spec.name}};
  add_fields(stream_fields(), spec.config, same_name, object);
  return object;
}

OrderedJson own_bucket(const BucketView& bucket) {
  OrderedJson object{{"name", bucket.name}};
  add_fields(stream_fields(), bucket.declared, own_bucket_name, object);
  return object;
}

OrderedJson own_consumer(const ConsumerSpec& spec) {
  OrderedJson object{{"stream", spec.stream}, {"name", without_variables(spec.name)}};
  nlohmann::json config = spec.config;
  const auto backoff = config.find("backoff");
  const auto usual = backoff == config.end() ? nlohmann::json(kUsualAckWait) : backoff->front();
  if (config.value("ack_wait", nlohmann::json{}) == usual)
    config.erase("ack_wait");
  add_fields(consumer_fields(), config, same_name, object);
  return object;
}

}  // namespace

std::string export_own(const ExportObjects& objects) {
  OrderedJson manifest = OrderedJson::object();
  manifest["streams"] = OrderedJson::array();
  for (const StreamSpec& stream : objects.streams)
    if (const auto bucket = bucket_in(stream))
      manifest[bucket->kind == BucketView::Kind::kKv ? "kv" : "object_stores"].push_back(
          own_bucket(*bucket));
    else
      manifest["streams"].push_back(own_stream(stream));
  for (const ConsumerSpec& consumer : objects.consumers)
    manifest["consumers"].push_back(own_consumer(consumer));
  if (manifest["streams"].empty() && manifest.size() > 1)
    manifest.erase("streams");
  return to_yaml(manifest);
}

}  // namespace unified::jetstream
