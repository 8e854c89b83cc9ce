#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
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

/// The same without printing: every problem as a line. For a broker that runs.
Result<config::Loaded, std::vector<std::string>> try_load(const Context& context,
                                                          const os::Environment& environment);

/// The files that a configuration is read from, whether they exist or not.
std::vector<std::string> env_file_paths(const Context& context);

/// RUN_DIR as set, by the usual precedence, without judging anything else; empty when it is not
/// set. Nothing when a file that may set it can't be read (printed): nobody may end up at another
/// broker by that.
std::optional<std::string> configured_run_dir(const Context& context,
                                              const os::Environment& environment);

}  // namespace unified::cli
