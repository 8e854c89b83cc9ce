#pragma once

#include <chrono>
#include <string>

#include "api/http_types.h"
#include "base/result.h"

namespace unified::api {

/// Why there is no answer.
struct Unreachable {
  enum class Reason {
    kNobody,    ///< no supervisor listens there
    kCut,       ///< it closed the connection before an answer: it begins anew, ends, or is full
    kNoAnswer,  ///< one may be there, but it does not answer us: late, overloaded, not ours to ask
  };
  Reason reason = Reason::kNobody;
  std::string message;
};

/// GET over the control socket, whole answer at most 16 MiB. Blocks up to `timeout`.
Result<Response, Unreachable> control_get(const std::string& socket_path,
                                          const std::string& target,
                                          std::chrono::milliseconds timeout);

/// POST of a JSON `body` (at most 1 MiB); otherwise the same.
Result<Response, Unreachable> control_post(const std::string& socket_path,
                                           const std::string& target,
                                           const std::string& body,
                                           std::chrono::milliseconds timeout);

}  // namespace unified::api
