#pragma once

#include <vector>

#include "jetstream/plan.h"

namespace unified::jetstream {

/// What make_plan says of the consumers. `streams`: what it plans for the streams. A consumer with
/// a field that the server does not know, or can't have, is not created: without its filter, say,
/// it would be another one. Pure.
std::vector<ConsumerPlan> plan_consumers(const std::vector<ConsumerSpec>& desired,
                                         const Actual& actual,
                                         const Allowed& allowed,
                                         const std::vector<StreamPlan>& streams);

}  // namespace unified::jetstream
