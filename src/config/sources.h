#pragma once

#include "config/load.h"
#include "config/problem.h"
#include "config/values.h"

namespace unified::config {

/// Who said what: arguments over environment over env files (the later wins, in a file the last
/// line) over defaults; empty text is unset. Reads NAME_FILE secrets, checks every text by itself
/// (a wrong one is reported, marked faulty and replaced by its default), reports unknown names.
/// Appends what it finds to `problems`.
Values gather(const Inputs& inputs, const Host& host, Problems& problems);

}  // namespace unified::config
