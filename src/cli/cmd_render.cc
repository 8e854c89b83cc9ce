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
#include "config/describe.h"

namespace unified::cli {
namespace {

int write_rendered(const Context& context, const std::string& output) {
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
    fmt::print("{}", *conf);
    return kExitOk;
  }
  if (const auto written = app::write_conf(output, *conf, os::Durability::kSynced); !written) {
    fmt::print(stderr, "error: {}\n", written.error().message);
    return kExitConfiguration;
  }
  fmt::print("{}: written for nats-server {}\n", output, to_text(server->version));
  return kExitOk;
}

struct RenderOptions {
  std::string output;  ///< empty: standard output, unless something else is asked for
  bool validate = false;
  bool summary = false;
};

int render(const Context& context, const RenderOptions& options) {
  if (options.validate)
    if (const int invalid = validate(context, false); invalid != kExitOk)
      return invalid;
  const bool nothing_else = !options.validate && !options.summary;
  if (!options.output.empty() || nothing_else)
    if (const int failed =
            write_rendered(context, nothing_else && options.output.empty() ? "-" : options.output);
        failed != kExitOk)
      return failed;
  if (!options.summary)
    return kExitOk;
  const auto loaded = load_configuration(context, os::environment_snapshot());
  if (!loaded)
    return kExitConfiguration;
  fmt::print("{}", config::to_text(loaded->settings));
  return kExitOk;
}

}  // namespace

void add_render(CLI::App& app, Context& context) {
  CLI::App* command =
      app.add_subcommand("render", "Write the nats.conf of these settings (with their secrets)");
  command->footer(
      "The file holds the passwords in clear: it is written with mode 0600.\n"
      "Example: unified_entrypoint render --output /tmp/nats.conf");
  auto options = std::make_shared<RenderOptions>();
  command
      ->add_option(
          "-o,--output", options->output,
          "A file, or - for standard output (the default without --validate and --summary)")
      ->type_name("FILE");
  command
      ->add_option_function<std::string>(
          "--template",
          [&context](const std::string& file) { context.arguments["NATS_CONF_TEMPLATE"] = file; },
          "The template to render (default: NATS_CONF_TEMPLATE, else the built-in one)")
      ->type_name("FILE");
  command->add_flag("--validate", options->validate,
                    "Check everything first, as the command `validate` does");
  command->add_flag("--summary", options->summary,
                    "Then print the effective settings, as the command `config` does");
  add_configuration_options(*command, context);
  command->callback([&context, options] { context.exit_code = render(context, *options); });
}

}  // namespace unified::cli
