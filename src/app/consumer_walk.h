#pragma once

#include <cstdint>
#include <string>

#include <nlohmann/json.hpp>

#include "app/stream_transfer.h"

namespace unified::app {

/// Makes a durable consumer of this description (CONSUMER.LIST's) anew and takes it to where
/// nothing up to `floor` is owed to its clients any more: delivered to us, and acknowledged. One
/// that pushes gets its subject only then, and must not be asked for more than the stream holds: it
/// can't be stopped in between.
Transfer<void> walk_consumer(const Conversation& talk,
                             const std::string& stream,
                             const nlohmann::json& consumer,
                             std::int64_t floor);

/// Where walk_consumer() has to take it.
std::int64_t floor_of(const nlohmann::json& consumer);

}  // namespace unified::app
