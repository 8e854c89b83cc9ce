#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "app/broker.h"
#include "app/preparation.h"
#include "app/server_command.h"
#include "cli/configuration.h"
#include "cli/context.h"
#include "os/signals.h"

namespace unified::cli {

int run_broker(const Context& context, const std::vector<std::string>& server_arguments) {
  const os::Environment environment = os::environment_snapshot();
  if (const std::string argument = app::rendered_argument(server_arguments); !argument.empty()) {
    fmt::print(stderr,
               "unified_entrypoint: {} is rendered into nats.conf by us and can't be passed on: "
               "use the variable for it "
               "(`unified_entrypoint config` lists them)\n",
               argument);
    return kExitUsage;
  }
  auto loaded = load_configuration(context, environment);
  if (!loaded)
    return kExitConfiguration;
  auto ready = app::prepare(*std::move(loaded), environment);
  if (!ready) {
    for (const std::string& line : ready.error().lines)
      fmt::print(stderr, "error: {}\n", line);
    return ready.error().exit_code;
  }
  os::block_all_signals();  // main has done so unless the command line hid from it that this is
                            // `run`
  os::ignore_sigpipe();
  (void)os::become_subreaper();  // refused on odd kernels: orphans then go to init, as without us
  return app::run_broker(*std::move(ready), environment, server_arguments);
}

void add_run(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("run", "Run the broker (what happens without a command)");
  command->footer(
      "Arguments behind -- go to nats-server, unless a variable exists for them.\n"
      "Example: unified_entrypoint run --env-file production.env");
  auto arguments = std::make_shared<std::vector<std::string>>();
  command->add_option("arguments", *arguments, "For nats-server, behind --")->type_name("");
  add_configuration_options(*command, context);
  command->callback([&context, arguments] { context.exit_code = run_broker(context, *arguments); });
}

}  // namespace unified::cli
