#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/parse.h"
#include "cli/await_state.h"
#include "cli/duration_option.h"
#include "os/self.h"

namespace unified::cli {
namespace {

bool is(const SeenState& seen, const std::string& state) {
  if (state == "stopped")
    return seen.nobody || (seen.status && seen.status->value("phase", "") == "stopped");
  if (!seen.status)
    return false;
  return state == "ready" ? seen.status->value("ready", false)
                          : seen.status->value("phase", "") == "running";
}

int wait_for(const Context& context,
             const std::string& state,
             int pid,
             std::chrono::milliseconds patience) {
  const Awaited awaited = await_state(context, patience, [&state, pid](const SeenState& seen) {
    if (is(seen, state))
      return Judgement::kReached;
    return pid > 0 && !os::process_exists(pid) ? Judgement::kNever : Judgement::kNotYet;
  });
  if (awaited.judgement == Judgement::kNever) {
    fmt::print(stderr, "unified_entrypoint: not {}: process {} has ended\n", state, pid);
    return kExitCheckFailed;
  }
  if (awaited.judgement == Judgement::kReached)
    return kExitOk;
  const std::string why = state == "stopped" ? "it runs" : reason(awaited.last);
  fmt::print(stderr, "unified_entrypoint: not {} after {}: {}\n", state, format_duration(patience),
             why);
  return kExitCheckFailed;
}

}  // namespace

void add_wait(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("wait", "Wait until the broker is in a state");
  command->footer(
      "ready: every declared subject is stored · started: nats-server answers · stopped: it does "
      "not run.\nExit 0 reached, 1 not in time.\n"
      "Example: unified_entrypoint wait ready --timeout 30s");
  auto state = std::make_shared<std::string>("ready");
  auto patience = std::make_shared<std::chrono::milliseconds>(60'000);
  command->add_option("state", *state, "ready, started or stopped")
      ->check(CLI::IsMember({"ready", "started", "stopped"}))
      ->type_name("")
      ->capture_default_str();
  auto pid = std::make_shared<int>(0);
  command->add_option("--pid", *pid, "Give up when that process has ended")->type_name("PID");
  add_duration(*command, "--timeout", *patience, "How long");
  add_configuration_options(*command, context);
  command->callback([&context, state, pid, patience] {
    context.exit_code = wait_for(context, *state, *pid, *patience);
  });
}

}  // namespace unified::cli
