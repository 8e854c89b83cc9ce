#pragma once

#include <string>

#include "jetstream/api.h"
#include "jetstream/reconciler.h"

namespace unified::jetstream {

/// A failed request in the words of the report; `object`: "X", or "consumer C of stream X".
StreamProblem problem_of(const std::string& object, const ApiFailure& failure);

/// Whether only the server can tell what happened: another may have been faster, or the answer was
/// lost.
bool outcome_is_unknown(const ApiFailure& failure);

}  // namespace unified::jetstream
