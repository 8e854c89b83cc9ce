#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "app/verb_routes.h"
#include "cli/await_state.h"
#include "cli/control.h"
#include "cli/duration_option.h"
#include "cli/verbs.h"

namespace unified::cli {
namespace {

/// The new configuration is read and tested before the old server is touched.
constexpr std::chrono::milliseconds kRestartPatience{60'000};

int restart_broker(const Context& context, const StartOptions& options) {
  const SeenState before = look_at_state(context);
  if (before.nobody)
    return start_broker(context, options);
  // Of the life that was seen: one that begins anew for somebody else meanwhile cuts our request,
  // and that it is sent again must not end the next life, too.
  const std::int64_t life =
      before.status ? before.status->value("started_unix_ms", std::int64_t{0}) : 0;
  const std::string target = life == 0 ? "/restart" : fmt::format("/restart?of={}", life);
  const auto answer =
      tell_supervisor(context, target, std::min(kRestartPatience, options.patience));
  if (!answer) {
    fmt::print(stderr, "unified_entrypoint: {}\n", answer.error().message);
    return kExitUnavailable;
  }
  if (answer->status != 202) {
    print_lines(*answer);
    fmt::print(stderr, "not restarted: the broker goes on as it was\n");
    if (outcome_of(*answer) == app::kMayPass)
      return kExitRestartsSpent;
    return answer->status == 422 ? kExitConfiguration : kExitCheckFailed;
  }
  return options.wait
             ? await_ready(context, options.patience, life_that_ends(*answer, before), "restarted")
             : kExitOk;
}

}  // namespace

void add_restart(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand(
      "restart", "Restart the broker with the configuration of now, and wait until it is ready");
  command->footer(
      "What would be read is checked first: with a wrong configuration nothing is stopped (exit "
      "78), nor while there is no room for what a restart writes (75).\nThe process stays (PID 1 "
      "of a container too); one that does not run is started.\n"
      "Example: unified_entrypoint restart");
  auto options = std::make_shared<StartOptions>();
  options->log = kBackgroundLog;
  add_duration(*command, "--timeout", options->patience, "How long to wait until it is ready");
  command->add_flag("!--no-wait", options->wait, "Return as soon as it was accepted");
  add_configuration_options(*command, context);
  command->callback([&context, options] { context.exit_code = restart_broker(context, *options); });
}

}  // namespace unified::cli
