#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/result.h"

namespace unified::os {

/// What a short program writes to stdout and stderr, at most 64 KiB. It gets /dev/null as stdin,
/// our environment, default signals and an empty mask, and is killed when it has written all, too
/// much, or `deadline` is over; so its exit status tells nothing and is not given. Error: it can't
/// be executed, or the deadline passed without any output. Blocks; reaps its own child only, and
/// does not mind when somebody else was first.
Result<std::string> output_of(const std::vector<std::string>& arguments,
                              std::chrono::milliseconds deadline);

}  // namespace unified::os
