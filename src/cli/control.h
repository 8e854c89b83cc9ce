#pragma once

#include <chrono>
#include <string>

#include "api/control_client.h"
#include "api/http_types.h"
#include "base/result.h"
#include "cli/context.h"

namespace unified::cli {

/// The supervisor's own probe has a deadline of 5 s; this is what the socket may cost on top.
inline constexpr std::chrono::milliseconds kProbePatience{5500};

/// The control socket of this RUN_DIR's supervisor, found but not tried. Needs no valid
/// configuration: only RUN_DIR is looked at, by the same rules of precedence.
Result<std::string, api::Unreachable> supervisor_socket(const Context& context);

/// RUN_DIR of the supervisor that has run last, by the same rules.
Result<std::string, api::Unreachable> supervisor_run_dir(const Context& context);

/// "pid 123", of who holds that RUN_DIR by its lock file; "a process that can't be told".
std::string holder_text(const std::string& run_dir);

/// POST to it without a body. One that begins, also anew, is waited for. Blocks up to `patience`.
Result<api::Response, api::Unreachable> tell_supervisor(const Context& context,
                                                        const std::string& target,
                                                        std::chrono::milliseconds patience);

/// GET `target` from the supervisor of this RUN_DIR. Blocks up to `patience`.
Result<api::Response, api::Unreachable> ask_supervisor(const Context& context,
                                                       const std::string& target,
                                                       std::chrono::milliseconds patience);

/// Why the supervisor of this RUN_DIR is not ready, or not known to be: "not ready: REASON; …".
/// Empty: it is ready. Waits up to `patience` for it to become ready.
std::string why_not_ready(const Context& context, std::chrono::milliseconds patience);

}  // namespace unified::cli
