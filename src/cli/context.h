#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/exit_code.h"

namespace CLI {  // NOLINT(readability-identifier-naming): the library's
class App;
}

namespace unified::cli {

/// What the options before and behind every command say, and what the command that ran ends with.
struct Context {
  std::vector<std::string> env_files;            ///< --env-file, in order
  std::map<std::string, std::string> arguments;  ///< variables that options set, above all else
  std::map<std::string, std::string> flags;      ///< as config::Inputs::flags
  bool strict = false;
  int exit_code = kExitOk;
};

// One per command, each in its own file: adds the command to `app`; its callback leaves the exit
// code in `context`.
void add_run(CLI::App& app, Context& context);
void add_validate(CLI::App& app, Context& context);
void add_render(CLI::App& app, Context& context);
void add_config(CLI::App& app, Context& context);
void add_plan(CLI::App& app, Context& context);
void add_init(CLI::App& app, Context& context);
void add_migrate(CLI::App& app, Context& context);
void add_pause(CLI::App& app, Context& context);
void add_resume(CLI::App& app, Context& context);
void add_streams(CLI::App& app, Context& context);
void add_export(CLI::App& app, Context& context);
void add_import(CLI::App& app, Context& context);
void add_verify(CLI::App& app, Context& context);
void add_health(CLI::App& app, Context& context);
void add_status(CLI::App& app, Context& context);
void add_start(CLI::App& app, Context& context);
void add_stop(CLI::App& app, Context& context);
void add_restart(CLI::App& app, Context& context);
void add_reload(CLI::App& app, Context& context);
void add_logs(CLI::App& app, Context& context);
void add_wait(CLI::App& app, Context& context);
void add_clean(CLI::App& app, Context& context);
void add_version(CLI::App& app, Context& context);

/// Flags that several commands share: --env-file, --strict.
void add_configuration_options(CLI::App& command, Context& context);

/// `validate` as `entrypoint --validate`.
int validate(const Context& context, bool json);
/// `run` with arguments for nats-server.
int run_broker(const Context& context, const std::vector<std::string>& server_arguments);

}  // namespace unified::cli
