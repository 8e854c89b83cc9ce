#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "app/broker.h"
#include "app/preparation.h"
#include "app/server_command.h"
#include "app/sidecar.h"
#include "app/sidecar_preparation.h"
#include "cli/configuration.h"
#include "cli/context.h"
#include "os/self.h"
#include "os/signals.h"

namespace unified::cli {
namespace {

/// What a start would read now, from where it was read at first.
app::ReadAgain reader(const Context& context, const os::Environment& environment) {
  return [context, environment](
             const render::InternalUser& internal) -> Result<app::Preparation, app::Failure> {
    auto loaded = try_load(context, environment);
    if (!loaded)
      return app::Failure{kExitConfiguration, loaded.error()};
    return app::prepare(*std::move(loaded), environment, &internal);
  };
}

app::ReadSidecarAgain sidecar_reader(const Context& context, const os::Environment& environment) {
  return [context, environment]() -> Result<app::Preparation, app::Failure> {
    auto loaded = try_load(context, environment);
    if (!loaded)
      return app::Failure{kExitConfiguration, loaded.error()};
    return loaded->settings.supervision.own_server
               ? app::prepare(*std::move(loaded), environment)
               : app::prepare_sidecar(*std::move(loaded), environment);
  };
}

int give_up(const app::Failure& failure) {
  for (const std::string& line : failure.lines)
    fmt::print(stderr, "error: {}\n", line);
  return failure.exit_code;
}

/// What PID 1 is to do before it has anything to do.
void settle_process() {
  os::block_all_signals();  // main has done so unless the command line hid from it that this is
                            // `run`
  os::ignore_sigpipe();
  (void)os::become_subreaper();  // refused on odd kernels: orphans then go to init, as without us
}

int leave(const app::BrokerEnd& end) {
  if (!end.again)
    return end.exit_code;
  const Error failure = os::execute_again(end.keep);
  fmt::print(stderr, "unified_entrypoint: {}\n", failure.message);
  return kExitInternal;
}

int run_sidecar(const Context& context,
                const os::Environment& environment,
                config::Loaded loaded,
                const std::vector<std::string>& server_arguments,
                os::Handover kept) {
  if (!server_arguments.empty()) {
    fmt::print(stderr,
               "unified_entrypoint: arguments for nats-server behind --, but AUTO_START_NATS=false "
               "starts none: take them away, or set AUTO_START_NATS=true\n");
    return kExitUsage;
  }
  auto ready = app::prepare_sidecar(std::move(loaded), environment);
  if (!ready)
    return give_up(ready.error());
  settle_process();
  return leave(app::run_sidecar(*std::move(ready), sidecar_reader(context, environment),
                                env_file_paths(context), std::move(kept)));
}

}  // namespace

int run_broker(const Context& context, const std::vector<std::string>& server_arguments) {
  os::Handover kept = os::take_handover();
  const os::Environment environment = os::environment_snapshot();
  auto loaded = load_configuration(context, environment);
  if (!loaded)
    return kExitConfiguration;
  if (!loaded->settings.supervision.own_server)
    return run_sidecar(context, environment, *std::move(loaded), server_arguments, std::move(kept));
  auto ready = app::prepare(*std::move(loaded), environment);
  if (!ready)
    return give_up(ready.error());
  app::BrokerOptions options;
  options.environment = environment;
  options.server_arguments = server_arguments;
  options.read_again = reader(context, environment);
  options.env_files = env_file_paths(context);
  options.kept = std::move(kept);
  settle_process();
  return leave(app::run_broker(*std::move(ready), std::move(options)));
}

void add_run(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("run", "Run the broker (what happens without a command)");
  command->footer(
      "nats-server's own flags (-js -p -m -a -n -sd -c --cluster …) become settings; what they "
      "don't know and stands behind -- goes to nats-server.\n"
      "Example: unified_entrypoint run --env-file production.env");
  auto arguments = std::make_shared<std::vector<std::string>>();
  command->add_option("arguments", *arguments, "For nats-server, behind --")->type_name("");
  command->add_flag_callback(
      "--watch", [&context] { context.arguments["RELOAD_ON_CHANGE"] = "true"; },
      "Reload when a file of the configuration changes (RELOAD_ON_CHANGE)");
  add_configuration_options(*command, context);
  command->callback([&context, arguments] { context.exit_code = run_broker(context, *arguments); });
}

}  // namespace unified::cli
