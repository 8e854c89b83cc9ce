#pragma once

#include <optional>
#include <string>

#include "cli/context.h"
#include "config/load.h"
#include "os/environ.h"

namespace unified::cli {

/// The environment, `.env` of the working directory if there is one, and every --env-file, read but
/// not judged. A file that was asked for and can't be read: printed, nothing returned.
std::optional<config::Inputs> read_inputs(const Context& context,
                                          const os::Environment& environment);

/// The configuration, or nothing after every problem was printed to stderr (the exit code is
/// kExitConfiguration).
std::optional<config::Loaded> load_configuration(const Context& context,
                                                 const os::Environment& environment);

/// RUN_DIR as set, by the usual precedence, without judging anything else; empty when it is not
/// set.
std::string configured_run_dir(const Context& context, const os::Environment& environment);

}  // namespace unified::cli
