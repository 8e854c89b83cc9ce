#pragma once

#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "jetstream/consumer_spec.h"

namespace unified::jetstream {

/// What a consumer that is deleted and made anew is made with: the server's own configuration with
/// the declared fields, but without what only its old kind could have (a pull consumer's
/// max_waiting on one that pushes now, the start of another deliver_policy). Pure.
nlohmann::json recreated_config(const nlohmann::json& actual, const ConsumerSpec& spec);

/// Why a server would refuse that configuration, so that the consumer would be deleted for nothing;
/// nothing if it is sound.
std::optional<std::string> recreation_problem(const ConsumerSpec& spec,
                                              const nlohmann::json& config);

}  // namespace unified::jetstream
