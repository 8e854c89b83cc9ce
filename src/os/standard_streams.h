#pragma once

#include "base/result.h"

namespace unified::os {

/// Opens /dev/null on each of 0, 1 and 2 that is closed. Otherwise the next file opened takes the
/// number, and what is meant for stdout lands in it. For the first lines of main.
Result<void> ensure_standard_streams();

}  // namespace unified::os
