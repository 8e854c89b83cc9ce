#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace unified::jetstream {

/// Names of those (as CONSUMER.LIST describes them) whose configuration `is` so.
std::vector<std::string> names_where(const std::vector<nlohmann::json>& consumers,
                                     bool (*is)(const nlohmann::json& config));

bool is_in_memory(const nlohmann::json& config);
bool is_filtered(const nlohmann::json& config);
bool is_ephemeral(const nlohmann::json& config);
bool is_last_per_subject(const nlohmann::json& config);
/// One in memory is made anew in a stream that is full again: whether it can't be brought back to
/// its ack floor.
bool is_out_of_reach(const nlohmann::json& config);

}  // namespace unified::jetstream
