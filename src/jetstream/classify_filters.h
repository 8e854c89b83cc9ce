#pragma once

#include <optional>
#include <string>

#include "jetstream/classify_consumer.h"

namespace unified::jetstream {

/// Why a consumer of a workqueue stream can't have these filters beside the others: every message
/// belongs to one consumer. Nothing: it can.
std::optional<std::string> filter_clash(const ConsumerContext& context);

/// What becomes of messages that wait for the consumer and are none of its own after the change;
/// nothing: it keeps all it has, or its stream does.
std::optional<std::string> dropped_by_filters(const ConsumerContext& context);

}  // namespace unified::jetstream
