#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "jetstream/consumer_spec.h"

namespace unified::jetstream {

/// As a server has them.
inline StreamState stream(const std::string& name, nlohmann::json config) {
  config["name"] = name;
  return {.name = name, .config = std::move(config), .first_ts = {}, .last_ts = {}};
}

inline ConsumerState consumer(const std::string& of,
                              const std::string& name,
                              nlohmann::json config) {
  config["name"] = name;
  config["durable_name"] = name;
  return {.stream = of, .name = name, .config = std::move(config)};
}

/// As nats-server 2.15 has a bucket that `nats kv add` made.
inline nlohmann::json kv_config(const std::string& bucket) {
  return {{"subjects", {"$KV." + bucket + ".>"}},
          {"retention", "limits"},
          {"max_consumers", -1},
          {"max_msgs", -1},
          {"max_bytes", -1},
          {"max_age", 0},
          {"max_msgs_per_subject", 5},
          {"max_msg_size", -1},
          {"discard", "new"},
          {"storage", "file"},
          {"num_replicas", 1},
          {"duplicate_window", 120'000'000'000},
          {"compression", "s2"},
          {"allow_direct", true},
          {"mirror_direct", false},
          {"sealed", false},
          {"deny_delete", true},
          {"deny_purge", false},
          {"allow_rollup_hdrs", true},
          {"consumer_limits", nlohmann::json::object()},
          {"allow_msg_ttl", false},
          {"metadata", {{"_nats.ver", "2.15.1"}}}};
}

}  // namespace unified::jetstream
