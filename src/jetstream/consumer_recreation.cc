#include "jetstream/consumer_recreation.h"

#include <initializer_list>

#include "jetstream/consumer_fields.h"
#include "jetstream/consumer_rules.h"

namespace unified::jetstream {
namespace {

nlohmann::json value(const char* name, const nlohmann::json& config) {
  return value_in(*find_consumer_field(name), config);
}

}  // namespace

nlohmann::json recreated_config(const nlohmann::json& actual, const ConsumerSpec& spec) {
  nlohmann::json config = overlaid_consumer(actual, spec.config);
  const auto drop = [&](std::initializer_list<const char*> fields) {
    for (const char* field : fields)
      if (!spec.config.contains(field))
        config.erase(field);
  };
  if (!value("deliver_subject", config).get<std::string>().empty())
    drop({"max_waiting", "max_batch", "max_expires", "max_bytes", "priority_policy",
          "priority_groups", "priority_timeout"});
  else
    drop({"deliver_group", "flow_control", "idle_heartbeat", "rate_limit_bps"});
  if (value("deliver_policy", config) != "by_start_sequence")
    drop({"opt_start_seq"});
  if (value("deliver_policy", config) != "by_start_time")
    drop({"opt_start_time"});
  if (value("ack_policy", config) == "none")
    drop({"ack_wait", "max_ack_pending", "backoff"});
  return config;
}

std::optional<std::string> recreation_problem(const ConsumerSpec& spec,
                                              const nlohmann::json& config) {
  ConsumerSpec whole{.stream = spec.stream, .name = spec.name};
  for (const Field& field : consumer_fields())
    if (field.name == "filter_subjects" || config.contains(field.name))
      whole.config[std::string{field.name}] = consumer_value_in(field, config);
  const std::vector<std::string> problems = consumer_problems(whole);
  return problems.empty() ? std::nullopt : std::optional{problems.front()};
}

}  // namespace unified::jetstream
