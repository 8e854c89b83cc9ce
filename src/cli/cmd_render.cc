#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "app/absolute_paths.h"
#include "app/conf_file.h"
#include "app/endpoints.h"
#include "app/preparation.h"
#include "cli/configuration.h"
#include "cli/context.h"

namespace unified::cli {
namespace {

int render(const Context& context, const std::string& output) {
  const os::Environment environment = os::environment_snapshot();
  auto loaded = load_configuration(context, environment);
  if (!loaded)
    return kExitConfiguration;
  app::make_paths_absolute(loaded->settings);
  const auto print = [](const app::Failure& failure) {
    for (const std::string& line : failure.lines)
      fmt::print(stderr, "error: {}\n", line);
    return failure.exit_code;
  };
  const config::Settings& settings = loaded->settings;
  const auto server =
      app::find_server(settings, environment, app::run_dirs(settings.server.run_dir, environment));
  if (!server)
    return print(server.error());
  const auto conf = app::render_conf(settings, server->version, app::make_internal_user());
  if (!conf)
    return print(conf.error());
  if (output == "-") {
    std::fputs(conf->c_str(), stdout);
    return kExitOk;
  }
  if (const auto written = app::write_conf(output, *conf); !written) {
    fmt::print(stderr, "error: {}\n", written.error().message);
    return kExitConfiguration;
  }
  fmt::print("{}: written for nats-server {}\n", output, to_text(server->version));
  return kExitOk;
}

}  // namespace

void add_render(CLI::App& app, Context& context) {
  CLI::App* command =
      app.add_subcommand("render", "Write the nats.conf of these settings (with their secrets)");
  command->footer(
      "The file holds the passwords in clear: it is written with mode 0600.\n"
      "Example: unified_entrypoint render --output /tmp/nats.conf");
  auto output = std::make_shared<std::string>("-");
  command->add_option("-o,--output", *output, "A file, or - for standard output")
      ->capture_default_str();
  add_configuration_options(*command, context);
  command->callback([&context, output] { context.exit_code = render(context, *output); });
}

}  // namespace unified::cli
