#pragma once

#include <chrono>
#include <string>

#include "api/http_types.h"
#include "base/result.h"
#include "cli/context.h"

namespace unified::cli {

/// GET `target` from the supervisor of this RUN_DIR. Blocks up to `patience`. Needs no valid
/// configuration: only RUN_DIR is looked at, by the same rules of precedence.
Result<api::Response> ask_supervisor(const Context& context,
                                     const std::string& target,
                                     std::chrono::milliseconds patience);

}  // namespace unified::cli
