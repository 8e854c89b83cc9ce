#pragma once

#include "config/problem.h"
#include "config/values.h"

namespace unified::config {

/// A finding for everything that was switched on but is not built in this release (the table's
/// kLater): a warning, an error when `strict`. Nothing that is set may be ignored in silence.
void report_not_built(const Values& values, bool strict, Problems& problems);

}  // namespace unified::config
