#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/await_state.h"
#include "cli/control.h"
#include "cli/duration_option.h"
#include "cli/verbs.h"

namespace unified::cli {
namespace {

int reload_broker(const Context& context, bool allow_restart, std::chrono::milliseconds patience) {
  const SeenState before = look_at_state(context);
  const auto answer =
      tell_supervisor(context, allow_restart ? "/reload?allow-restart" : "/reload", patience);
  if (!answer) {
    fmt::print(stderr, "unified_entrypoint: {}\n", answer.error().message);
    return kExitUnavailable;
  }
  if (answer->status == 202)
    return await_ready(context, patience, life_that_ends(*answer, before), "restarted");
  const std::string outcome = outcome_of(*answer);
  print_lines(*answer);
  if (answer->status == 200) {
    fmt::print("{}\n", outcome == "unchanged" ? "nothing has changed" : "reloaded");
    return kExitOk;
  }
  if (outcome == "applied-in-part")
    fmt::print(stderr, "reloaded, but for what is named above\n");
  else
    fmt::print(stderr, "not reloaded ({}): the broker goes on as it was\n", outcome);
  return answer->status == 422 ? kExitConfiguration : kExitCheckFailed;
}

}  // namespace

void add_reload(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand(
      "reload", "Apply what has changed in the configuration without stopping the server");
  command->footer(
      "Reads, validates, renders and compares; nats-server is told only if something differs, and "
      "must confirm it.\n`config --markdown` says which variables are reloadable; others are named "
      "and nothing is applied.\nExit 0 applied or nothing to do, 1 not (all) applied, 69 nobody "
      "to tell, or no answer, 78 the new configuration is wrong.\n"
      "Example: unified_entrypoint reload --allow-restart");
  auto allow = std::make_shared<bool>(false);
  // The supervisor reads, and waits until the server is ready, up to 90 s.
  auto patience = std::make_shared<std::chrono::milliseconds>(150'000);
  command->add_flag("--allow-restart", *allow, "Restart the broker if a change needs it");
  add_duration(*command, "--timeout", *patience,
               "How long to wait for the answer, and then for a restarted broker");
  add_configuration_options(*command, context);
  command->callback([&context, allow, patience] {
    context.exit_code = reload_broker(context, *allow, *patience);
  });
}

}  // namespace unified::cli
