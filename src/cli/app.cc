#include "cli/app.h"

#include <cstdio>
#include <exception>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/context.h"

namespace unified::cli {
namespace {

constexpr const char* kDescription =
    "unified_entrypoint: everything a container needs around the stock nats-server.\n"
    "Without a command it runs the broker: validates the environment, renders nats.conf, starts "
    "and supervises\n"
    "nats-server, creates the declared streams, answers health checks and stops gracefully.";

constexpr const char* kFooter =
    "Every setting is an environment variable or a line of .env; `config --markdown` lists them "
    "all.\n"
    "Examples:\n"
    "  unified_entrypoint                      run the broker\n"
    "  unified_entrypoint validate --strict    check the configuration, start nothing\n"
    "  unified_entrypoint health quick         exit 0 when ready, 1 when not\n"
    "  unified_entrypoint plan                 what a start would change on the server's streams";

int parse_and_run(int argc, char** argv) {
  Context context;
  CLI::App app{kDescription, "unified_entrypoint"};
  app.footer(kFooter);
  app.require_subcommand(0, 1);
  app.set_help_all_flag("--help-all", "Help of every command");
  bool validate_only = false;
  app.add_flag("--validate", validate_only, "The same as the command `validate`");
  add_configuration_options(app, context);
  for (const auto add : {add_run, add_validate, add_render, add_config, add_plan, add_health,
                         add_status, add_version})
    add(app, context);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitOk : kExitUsage;
  }
  if (!app.get_subcommands().empty())
    return context.exit_code;
  return validate_only ? validate(context, false) : run_broker(context, {});
}

}  // namespace

void add_configuration_options(CLI::App& command, Context& context) {
  command
      .add_option("--env-file", context.env_files,
                  "Read settings from FILE too (repeatable, later wins; the process environment "
                  "wins over all)")
      ->type_name("FILE");
  command.add_flag("--strict", context.strict,
                   "Unknown names and settings that are not built yet are errors");
}

int run(int argc, char** argv) {
  try {
    return parse_and_run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "unified_entrypoint: internal error: {}\n", error.what());
    return kExitInternal;
  }
}

}  // namespace unified::cli
