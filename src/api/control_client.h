#pragma once

#include <chrono>
#include <string>

#include "api/http_types.h"
#include "base/result.h"

namespace unified::api {

/// GET over the control socket, whole answer at most 16 MiB. Blocks up to `timeout`. Errors: no
/// supervisor there, no answer.
Result<Response> control_get(const std::string& socket_path,
                             const std::string& target,
                             std::chrono::milliseconds timeout);

}  // namespace unified::api
