#include <algorithm>
#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/parse.h"
#include "cli/await_state.h"
#include "cli/control.h"
#include "cli/duration_option.h"
#include "cli/verbs.h"
#include "os/run_dir.h"
#include "os/self.h"

namespace unified::cli {
namespace {

constexpr std::chrono::milliseconds kStopPatience{10'000};

/// A supervisor that is frozen answers nobody: whose it is helps.
std::string with_pid(const std::string& message, std::optional<int> pid) {
  return pid ? fmt::format("{} (pid {}; is it frozen?)", message, *pid) : message;
}

/// Nobody has heard it.
int say_unheard(const api::Unreachable& why,
                const Result<std::string, api::Unreachable>& run_dir,
                std::optional<int> asked) {
  const bool nobody = why.reason == api::Unreachable::Reason::kNobody;
  if (nobody && asked && os::run_dir_is_held(*run_dir)) {
    fmt::print(stderr,
               "unified_entrypoint: cannot ask pid {} to stop: it has no control socket any more "
               "in {}; TERM stops it\n",
               *asked, *run_dir);
    return kExitUnavailable;
  }
  fmt::print(stderr, "{}\n", nobody ? "not running" : with_pid(why.message, asked));
  return nobody ? kExitOk : kExitUnavailable;
}

/// Somebody may have removed the lock file: who has not ended makes it anew.
bool is_gone(const std::string& run_dir, std::optional<int> told) {
  const auto holder = os::run_dir_holder(run_dir);
  if (os::run_dir_is_held(run_dir))
    return holder && told && *holder != *told;
  return holder || !told || !os::process_exists(*told);
}

/// Waits for the end of the one that has answered; another one may begin meanwhile.
Judgement wait_for_end(const Context& context,
                       const Result<std::string, api::Unreachable>& run_dir,
                       bool stay,
                       std::chrono::milliseconds patience) {
  const auto told = run_dir ? os::run_dir_holder(*run_dir) : std::nullopt;
  const Awaited awaited = await_state(context, patience, [&](const SeenState& seen) {
    const bool down = seen.status && seen.status->value("phase", "") == "stopped";
    const bool gone = !run_dir || is_gone(*run_dir, told);
    if (stay)
      return gone ? Judgement::kNever : down ? Judgement::kReached : Judgement::kNotYet;
    return gone ? Judgement::kReached : Judgement::kNotYet;
  });
  return awaited.judgement;
}

int stop_broker(const Context& context, bool stay, std::chrono::milliseconds patience) {
  auto run_dir = supervisor_run_dir(context);
  const auto asked = run_dir ? os::run_dir_holder(*run_dir) : std::nullopt;
  const auto answer =
      tell_supervisor(context, stay ? "/stop?down" : "/stop", std::min(kStopPatience, patience));
  if (!run_dir)
    run_dir = supervisor_run_dir(context);  // it has made its files anew before it answered
  if (!answer)
    return say_unheard(answer.error(), run_dir, asked);
  if (answer->status != 202) {
    print_lines(*answer);
    return kExitCheckFailed;
  }
  switch (wait_for_end(context, run_dir, stay, patience)) {
    case Judgement::kReached:
      fmt::print("{}\n", stay ? "nats-server is down; `start` brings it back" : "stopped");
      return kExitOk;
    case Judgement::kNever:
      fmt::print(stderr, "unified_entrypoint: the supervisor has ended, too\n");
      return kExitCheckFailed;
    case Judgement::kNotYet:
      break;
  }
  fmt::print(stderr, "unified_entrypoint: not stopped after {}: `status` says what it waits for\n",
             format_duration(patience));
  return kExitCheckFailed;
}

}  // namespace

void add_stop(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("stop", "Stop the broker gracefully and wait for its end");
  command->footer(
      "In a container the broker is PID 1: the container ends with it, and its restart policy may "
      "start it\nagain. `--stay` stops nats-server alone. Not running is no failure.\n"
      "Example: unified_entrypoint stop --stay");
  auto stay = std::make_shared<bool>(false);
  auto patience = std::make_shared<std::chrono::milliseconds>(60'000);
  command->add_flag("--stay", *stay, "Stop nats-server alone: the supervisor waits for `start`");
  add_duration(*command, "--timeout", *patience, "How long to wait for the end");
  add_configuration_options(*command, context);
  command->callback(
      [&context, stay, patience] { context.exit_code = stop_broker(context, *stay, *patience); });
}

}  // namespace unified::cli
