#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/context.h"

namespace unified::cli {

void add_version(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("version", "Print the version of this program");
  command->footer("Example: unified_entrypoint version");
  command->callback([&context] {
    fmt::print("unified_entrypoint {}\n", UNIFIED_VERSION);
    context.exit_code = kExitOk;
  });
}

}  // namespace unified::cli
