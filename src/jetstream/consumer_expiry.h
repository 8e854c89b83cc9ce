#pragma once

#include <nlohmann/json.hpp>

#include "jetstream/consumer_spec.h"

namespace unified::jetstream {

/// Whether nats-server deletes this consumer by itself once no client has used it for a while: it
/// has an inactive_threshold of its own or by the consumer_limits of its stream, whose
/// configuration is `stream` ({}: not known). Durable consumers, too (2.9 to 2.15). Pure.
bool expires(const ConsumerSpec& consumer, const nlohmann::json& stream);

}  // namespace unified::jetstream
