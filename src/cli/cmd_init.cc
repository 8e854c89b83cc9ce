#include <chrono>
#include <cstdio>
#include <iostream>
#include <memory>
#include <set>
#include <thread>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "base/parse.h"
#include "cli/context.h"
#include "cli/control.h"
#include "cli/declared.h"
#include "cli/reconciling.h"
#include "cli/remote_options.h"
#include "cli/target.h"
#include "cli/terminal.h"
#include "jetstream/bound.h"
#include "jetstream/plan.h"

namespace unified::cli {
namespace {

using jetstream::ReconcileMode;
using jetstream::ReconcileReport;
using Clock = std::chrono::steady_clock;

/// INIT_TIMEOUT is the time that is allowed for the same at a start.
constexpr const char* kWaitDefault = "INIT_TIMEOUT";
constexpr std::chrono::milliseconds kRest{300};
/// What was put in place makes the broker ready within this time.
constexpr std::chrono::seconds kReadyAfterwards{3};

struct InitOptions {
  std::string wait;  ///< empty: do not wait
  bool yes = false;
  bool json = false;
  std::optional<std::string> plan;  ///< hash of the only plan that may be applied
};

/// The server and what it has, as soon as it tells; the error when `deadline` is over.
struct Reached {
  Target target;
  ReconcileReport seen;
};
Result<Reached> reach(const Context& context,
                      const config::Settings& settings,
                      const jetstream::Declarations& desired,
                      Clock::time_point deadline) {
  Progress progress;
  const auto begun = Clock::now();
  while (true) {
    std::string why;
    auto target = open_target(context, settings, "init");
    if (target) {
      ReconcileReport seen = reconcile_once(*target, settings, desired, ReconcileMode::kPlanOnly);
      if (seen.listed) {
        warn_about_other_streams(*target, desired);
        return Reached{*std::move(target), std::move(seen)};
      }
      why = unlisted(*target, seen);
    } else {
      why = target.error().message;
    }
    if (Clock::now() >= deadline)
      return Error{why};
    progress.show(fmt::format(
        "waiting for nats-server, {} s: {}",
        std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - begun).count(), why));
    std::this_thread::sleep_for(kRest);
  }
}

bool confirmed(const std::string& where) {
  fmt::print(stderr, "Apply this to {}? [y/N] ", where);
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

/// Nothing: go on.
std::optional<int> ask_first(const InitOptions& options,
                             const config::Settings& settings,
                             const jetstream::Declarations& desired,
                             const Reached& reached) {
  if (options.plan && plan_hash(reached.seen.plan) != *options.plan)
    return fail(options.json, kExitCheckFailed,
                fmt::format("nothing was changed: the plan is {} now, not {}; look at it (`plan`) "
                            "and give that one",
                            plan_hash(reached.seen.plan), *options.plan));
  if (reached.target.supervised || options.yes || !reached.seen.plan.has_changes())
    return std::nullopt;
  if (options.json || !is_terminal(stdin))
    return fail(options.json, kExitUsage,
                fmt::format("nothing was changed: {} is not our supervisor's server; --yes "
                            "applies the plan to it",
                            reached.target.where));
  if (!confirmed(reached.target.where))
    return fail(options.json, kExitCheckFailed, "nothing was changed");
  // The answer was about the plan on the screen, not about what became of it meanwhile.
  const ReconcileReport now =
      reconcile_once(reached.target, settings, desired, ReconcileMode::kPlanOnly);
  if (to_json(now.plan) != to_json(reached.seen.plan))
    return fail(options.json, kExitCheckFailed,
                "nothing was changed: the server's streams changed while you were asked; run "
                "init again");
  return std::nullopt;
}

int verdict(const ReconcileReport& report) {
  if (!report.others_provisioned || !report.problems.empty())
    return kExitCheckFailed;
  // After a given plan something may be left that is another plan.
  return report.remaining.has_refusals() || report.remaining.has_changes() ? kExitPlanHasChanges
                                                                           : kExitOk;
}

void print_json(const Reached& reached, const ReconcileReport& report) {
  nlohmann::ordered_json body;
  const int code = verdict(report);
  body["status"] = code == kExitOk ? "pass" : code == kExitPlanHasChanges ? "warn" : "fail";
  body["server"] = reached.target.where;
  body["plan"] = to_json(reached.seen.plan);
  body["done"] = report.done;
  body["remaining"] = to_json(report.remaining);
  body["problems"] = nlohmann::ordered_json::array();
  for (const jetstream::StreamProblem& problem : report.problems)
    body["problems"].push_back(problem.message);
  body["warnings"] = report.warnings;
  body["unbound_subjects"] = report.unbound;
  body["missing_consumers"] = report.missing_consumers;
  body["left_alone"] = report.left_alone;
  fmt::print("{}\n", body.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
}

void print_text(const Context& context, const Reached& reached, const ReconcileReport& report) {
  for (const std::string& line : report.done)
    fmt::print("{}\n", line);
  for (const jetstream::StreamProblem& problem : report.problems)
    fmt::print(stderr, "error: {}\n", problem.message);
  for (const std::string& warning : report.warnings)
    fmt::print(stderr, "warning: {}\n", warning);
  tell_left_alone(report);
  const char* const word = report.others_provisioned ? "warning" : "error";
  if (!report.unbound.empty())
    fmt::print(stderr, "{}: {}\n", word, jetstream::where_unbound(report.unbound, report.actual));
  if (!report.missing_consumers.empty())
    fmt::print(stderr, "{}: missing: {}\n", word, fmt::join(report.missing_consumers, ", "));
  if (report.remaining.has_refusals())
    fmt::print(stderr,
               "warning: not everything declared was applied: `plan` shows what, why, and what "
               "RECONCILE_ALLOW would permit\n");
  if (!report.provisioned() || !report.problems.empty())
    return;
  const std::string not_ready =
      reached.target.supervised ? why_not_ready(context, kReadyAfterwards) : std::string{};
  if (not_ready.empty())
    fmt::print("ready: {} stores every declared subject\n", reached.target.where);
  else
    fmt::print(stderr, "warning: every declared subject is stored, but the broker is {}\n",
               not_ready);
}

/// Tries again until `deadline` what is worth it, but for a given plan: what is left of one is
/// another plan.
ReconcileReport apply(const InitOptions& options,
                      const config::Settings& settings,
                      const jetstream::Declarations& desired,
                      const Reached& reached,
                      Clock::time_point deadline) {
  Progress progress;
  std::size_t answers = 0;
  jetstream::ReconcileOptions how = options_for(reached.target, settings, ReconcileMode::kStart);
  how.only_plan = options.plan.value_or("");
  how.progress = [&] {
    constexpr std::size_t kStep = 10;
    if (++answers % kStep == 0)
      progress.show(fmt::format("{} objects created or changed", answers));
  };
  ReconcileReport report = jetstream::reconcile(*reached.target.port, desired, how);
  std::set<std::string> had;
  while (!options.plan && report.transient() && Clock::now() < deadline) {
    std::this_thread::sleep_for(kRest);
    const ReconcileReport before = std::move(report);
    had.insert(before.expiring_consumers.begin(), before.expiring_consumers.end());
    how.had_before = had;
    report = jetstream::reconcile(*reached.target.port, desired, how);
    report.done.insert(report.done.begin(), before.done.begin(), before.done.end());
    report.warnings.insert(report.warnings.begin(), before.warnings.begin(), before.warnings.end());
  }
  return report;
}

int init(const Context& context, const InitOptions& options) {
  const auto declared = load_declared(context);
  if (!declared)
    return declared.error();
  const auto& [settings, desired] = *declared;
  if (!settings.jetstream.enabled) {
    fmt::print("nothing to do: JETSTREAM_ENABLED=false, so there are no streams\n");
    return kExitOk;
  }
  const auto wait = options.wait == kWaitDefault ? std::optional{settings.reconcile.init_timeout}
                    : options.wait.empty()       ? std::optional{std::chrono::nanoseconds{0}}
                                                 : parse_duration(options.wait);
  if (!wait)
    return fail(
        options.json, kExitUsage,
        fmt::format("--wait {}: seconds are accepted, or a duration like 90s, 2m", options.wait));
  const auto deadline = Clock::now() + *wait;
  const auto reached = reach(context, settings, desired, deadline);
  if (!reached)
    return fail(options.json, kExitUnavailable, reached.error().message);
  if (!options.json)
    fmt::print("{}, nats-server {}\n{}", reached->target.where, to_text(reached->target.version),
               to_text(reached->seen.plan));
  static_cast<void>(std::fflush(stdout));
  if (const auto code = ask_first(options, settings, desired, *reached))
    return *code;
  const ReconcileReport report = apply(options, settings, desired, *reached, deadline);
  if (options.json)
    print_json(*reached, report);
  else
    print_text(context, *reached, report);
  return verdict(report);
}

}  // namespace

void add_init(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand(
      "init",
      "Put the declared streams in place once, here or on a remote server (exit 0 done, 2 done but "
      "for what RECONCILE_ALLOW does not permit, 1 failed, 69 no server, 78 configuration or "
      "manifest wrong)");
  command->footer(
      "Never deletes; what would lose messages needs RECONCILE_ALLOW, for this one plan. The "
      "running supervisor does the same by itself, with the settings of its start.\n"
      "Examples:\n"
      "  unified_entrypoint init\n"
      "  unified_entrypoint init --plan 52a6c1f08d3e7b94\n"
      "  unified_entrypoint init --nats-url nats://user:password@broker:4222 --wait 30 --yes");
  auto options = std::make_shared<InitOptions>();
  command
      ->add_option("--wait", options->wait,
                   "Wait for the server: seconds, or 90s, 2m; without a value INIT_TIMEOUT")
      ->type_name("DURATION")
      ->expected(0, 1)
      ->default_str(kWaitDefault);
  command->add_flag("--yes,-y", options->yes,
                    "Apply the plan to a server that is not our supervisor's without asking");
  command
      ->add_option("--plan", options->plan,
                   "Apply exactly the plan of this hash, which `plan` prints, or nothing")
      ->type_name("HASH")
      ->check([](const std::string& hash) {
        constexpr std::size_t kDigits = 16;
        const bool is_hash = hash.size() == kDigits &&
                             hash.find_first_not_of("0123456789abcdef") == std::string::npos;
        return is_hash ? std::string{} : std::string{"16 hexadecimal digits, as `plan` prints"};
      });
  command->add_flag("--json", options->json, "For machines");
  add_remote_options(*command, context);
  add_configuration_options(*command, context);
  command->callback([&context, options] { context.exit_code = init(context, *options); });
}

}  // namespace unified::cli
