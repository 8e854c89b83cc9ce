#pragma once

#include <vector>

#include "jetstream/plan.h"

namespace unified::jetstream {

/// The streams of a plan that have a request, in groups that can be sent at once: a mirror and a
/// stream with sources come after those of their origins that the plan creates. What depends on
/// itself comes last. Within a group the manifest's order. Refers to the plan. Pure.
std::vector<std::vector<const StreamPlan*>> in_waves(const Plan& plan);

}  // namespace unified::jetstream
