#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cli/context.h"
#include "config/settings.h"
#include "jetstream/consumer_spec.h"

namespace unified::cli {

/// What is declared: the settings, with absolute paths, and the manifest's streams.
struct Declared {
  config::Settings settings;
  jetstream::Declarations manifest;
};

/// Reads both for a command about streams; the exit code after every problem was printed to stderr.
Result<Declared, int> load_declared(const Context& context);

/// Tells why a command ends, as `{"status": "fail", "error": …}` on stdout or as a line on stderr.
/// Returns `exit_code`.
int fail(bool json, int exit_code, const std::string& message);

}  // namespace unified::cli
