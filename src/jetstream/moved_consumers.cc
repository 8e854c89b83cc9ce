#include "jetstream/moved_consumers.h"

#include "jetstream/api_answers.h"

namespace unified::jetstream {
namespace {

nlohmann::json config_of(const nlohmann::json& consumer) {
  return consumer.value("config", nlohmann::json::object());
}

}  // namespace

std::vector<std::string> names_where(const std::vector<nlohmann::json>& consumers,
                                     bool (*is)(const nlohmann::json& config)) {
  std::vector<std::string> names;
  for (const nlohmann::json& consumer : consumers)
    if (is(config_of(consumer)))
      names.push_back(text_at(consumer, "name"));
  return names;
}

bool is_in_memory(const nlohmann::json& config) {
  return is_set(config, "mem_storage");
}

bool is_filtered(const nlohmann::json& config) {
  return !text_at(config, "filter_subject").empty() || config.contains("filter_subjects");
}

bool is_ephemeral(const nlohmann::json& config) {
  return text_at(config, "durable_name").empty();
}

bool is_out_of_reach(const nlohmann::json& config) {
  const std::string policy = text_at(config, "deliver_policy");
  const bool begins_late = policy == "new" || policy == "last" || policy == "last_per_subject";
  const bool gives_up =
      text_at(config, "ack_policy") == "none" || int_at(config, "max_deliver") > 0;
  return is_in_memory(config) && !is_ephemeral(config) &&
         (begins_late || gives_up || !text_at(config, "deliver_subject").empty());
}

bool is_last_per_subject(const nlohmann::json& config) {
  return text_at(config, "deliver_policy") == "last_per_subject";
}

}  // namespace unified::jetstream
