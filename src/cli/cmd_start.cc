#include <memory>

#include <CLI/CLI.hpp>

#include "cli/duration_option.h"
#include "cli/verbs.h"

namespace unified::cli {

void add_start(CLI::App& app, Context& context) {
  CLI::App* command =
      app.add_subcommand("start", "Start the broker in the background and wait until it is ready");
  command->footer(
      "A supervisor that runs with its server down (`stop --stay`) starts it again.\n"
      "Exit 0 ready, 1 not ready in time, else what the broker ended with.\n"
      "Example: unified_entrypoint start --timeout 2m");
  auto options = std::make_shared<StartOptions>();
  options->log = kBackgroundLog;
  command->add_option("--log", options->log, "Its own log and nats-server's lines")
      ->type_name("FILE")
      ->capture_default_str();
  add_duration(*command, "--timeout", options->patience, "How long to wait until it is ready");
  command->add_flag("!--no-wait", options->wait, "Return as soon as it was started");
  add_configuration_options(*command, context);
  command->callback([&context, options] { context.exit_code = start_broker(context, *options); });
}

}  // namespace unified::cli
