#pragma once

#include "cli/context.h"

namespace CLI {  // NOLINT(readability-identifier-naming): the library's
class App;
}

namespace unified::cli {

/// --nats-url (or `url_name`), --http-url and --timeout: they set NATS_URL, NATS_MONITOR_URL and
/// NATS_CONNECT_TIMEOUT for this command, above everything else. A URL without scheme is taken as
/// the old scripts took it.
void add_remote_options(CLI::App& command, Context& context, const char* url_name = "--nats-url");

}  // namespace unified::cli
