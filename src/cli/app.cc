#include "cli/app.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/error.h"
#include "cli/context.h"
#include "cli/old_names.h"
#include "cli/server_flags.h"
#include "cli/usage_error.h"

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
    "  unified_entrypoint plan                 what a start would change on the server's streams\n"
    "  unified_entrypoint verify --detailed    test the whole deployment\n"
    "The old scripts' names (check_streams.py, health_check.sh …) work when this program is called "
    "by them.";

struct Command {
  std::string_view name;
  void (*add)(CLI::App& app, Context& context);
};

/// In the order of the help text. All but `run` end by themselves.
constexpr auto kCommands = std::to_array<Command>({
    {"run", add_run},         {"validate", add_validate}, {"render", add_render},
    {"config", add_config},   {"plan", add_plan},         {"init", add_init},
    {"migrate", add_migrate}, {"pause", add_pause},       {"resume", add_resume},
    {"streams", add_streams}, {"export", add_export},     {"import", add_import},
    {"verify", add_verify},   {"health", add_health},     {"status", add_status},
    {"start", add_start},     {"stop", add_stop},         {"restart", add_restart},
    {"reload", add_reload},   {"logs", add_logs},         {"wait", add_wait},
    {"clean", add_clean},     {"version", add_version},
});
constexpr const char* kRun = "run";
constexpr const char* kHelp = "help";

/// So that a command can't be forgotten here: it would run with all signals blocked.
void add_commands(CLI::App& app, Context& context) {
  for (const Command& command : kCommands) {
    command.add(app, context);
    (void)app.get_subcommand(std::string{command.name});  // throws when it has another name
  }
}

int parse_and_run(int argc, char** argv, const std::map<std::string, FlagValue>& variables) {
  Context context;
  for (const auto& [name, value] : variables) {
    context.arguments[name] = value.text;
    context.flags[name] = value.flag;
  }
  CLI::App app{kDescription, "unified_entrypoint"};
  app.footer(kFooter);
  app.require_subcommand(0, 1);
  app.set_help_all_flag("--help-all", "Help of every command");
  app.set_version_flag("--version", "unified_entrypoint " UNIFIED_VERSION);
  bool validate_only = false;
  app.add_flag("--validate", validate_only, "The same as the command `validate`");
  add_configuration_options(app, context);
  add_commands(app, context);
  app.add_subcommand(kHelp, "Print this text")->callback([&app] { fmt::print("{}", app.help()); });
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0)
      return app.exit(error);
    fmt::print(stderr, "{}", explain(app, error, {argv + 1, argv + argc}));
    return kExitUsage;
  }
  if (!app.get_subcommands().empty())
    return context.exit_code;
  return validate_only ? validate(context, false) : run_broker(context, {});
}

/// stderr may be the same full disk as stdout: what can't be told there is no error of its own.
void complain(const std::string& text) {
  (void)std::fputs(("unified_entrypoint: " + text + "\n").c_str(), stderr);
}

/// Half an answer must not look like a whole one; bad news stays what it is.
int lost_output(int exit_code, int error_number) {
  complain(system_error("cannot write to standard output", error_number).message);
  return exit_code == kExitOk ? kExitCheckFailed : exit_code;
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

bool ends_by_itself(std::string_view argument) {
  constexpr auto kOptions =
      std::to_array<std::string_view>({"--validate", "-h", "--help", "--help-all", "--version"});
  if (argument == kHelp || std::ranges::find(kOptions, argument) != kOptions.end())
    return true;
  return argument != kRun &&
         std::ranges::find(kCommands, argument, &Command::name) != kCommands.end();
}

int run(int argc, char** argv) {
  try {
    Translated line = translate_old_names({argv, argv + argc});
    if (!line.error.empty()) {
      fmt::print(stderr, "{}\n", line.error);
      return kExitUsage;
    }
    ServerFlags flags = take_server_flags(line.arguments);
    if (!flags.error.empty()) {
      fmt::print(stderr, "unified_entrypoint: {}\n", flags.error);
      return kExitUsage;
    }
    std::vector<char*> arguments;
    arguments.reserve(flags.arguments.size() + 1);
    for (std::string& argument : flags.arguments)
      arguments.push_back(argument.data());
    const int count = static_cast<int>(arguments.size());
    arguments.push_back(nullptr);
    const int exit_code = parse_and_run(count, arguments.data(), flags.variables);
    errno = EIO;  // unless the flush knows better: an earlier write may have failed
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0)
      return lost_output(exit_code, errno);
    return line.ends_by_itself ? old_exit_code(exit_code) : exit_code;
  } catch (const std::system_error& error) {
    if (std::ferror(stdout) != 0)
      return lost_output(kExitOk, error.code().value());
    complain(fmt::format("internal error: {}", error.what()));
    return kExitInternal;
  } catch (const std::exception& error) {
    complain(fmt::format("internal error: {}", error.what()));
    return kExitInternal;
  }
}

}  // namespace unified::cli
