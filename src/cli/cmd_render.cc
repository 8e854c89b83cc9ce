#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "app/absolute_paths.h"
#include "app/conf_file.h"
#include "app/endpoints.h"
#include "app/failure.h"
#include "app/preparation.h"
#include "cli/configuration.h"
#include "cli/context.h"
#include "config/describe.h"
#include "os/file_lock.h"
#include "os/presence.h"

namespace unified::cli {
namespace {

/// While no broker has that file for its own: its server would begin anew with these settings, and
/// without the password that the broker knows. The lock's file is gone afterwards, unless a broker
/// has left it there.
std::optional<app::Failure> write_alone(const std::string& output, const std::string& conf) {
  const std::string path = app::conf_lock_path(output);
  const auto before = os::presence_of(path);
  const auto failed = [](ExitCode exit_code, std::string line) {
    return app::Failure{exit_code, {std::move(line)}};
  };
  if (!before)
    return failed(kExitConfiguration, before.error().message);
  const auto lock = os::try_lock_file(path);
  const bool is_there = *before != os::Presence::kAbsent;
  if (!lock && is_there)
    return failed(kExitConfiguration,
                  fmt::format("{}: whether a broker writes it can't be told: {}", output,
                              lock.error().message));
  if (lock && lock->held_by_another())
    return failed(
        kExitBusy,
        fmt::format("{} is the nats.conf of a broker that runs{}, and is left as it is: "
                    "`reload` there changes it; write to another file, or stop the broker",
                    output, app::shown_conf_holder(output)));
  const auto written = app::write_conf(output, conf, os::Durability::kSynced);
  if (lock && !is_there) {
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
  }
  return written ? std::nullopt
                 : std::optional{failed(kExitConfiguration, written.error().message)};
}

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
  if (const auto failure = write_alone(output, *conf))
    return print(*failure);
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
      "The file holds the passwords in clear: it is written with mode 0600. One that a broker has "
      "for its own is left as it is (exit 73).\n"
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
