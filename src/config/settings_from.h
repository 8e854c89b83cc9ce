#pragma once

#include "config/settings.h"
#include "config/values.h"

namespace unified::config {

/// The typed settings of values that passed every check.
Settings settings_from(const Values& values);

}  // namespace unified::config
