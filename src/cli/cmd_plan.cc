#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/context.h"
#include "cli/declared.h"
#include "cli/reconciling.h"
#include "cli/remote_options.h"
#include "cli/target.h"
#include "jetstream/plan.h"

namespace unified::cli {
namespace {

std::string how_to_apply(const jetstream::Plan& plan, const std::string& migrating) {
  if (!migrating.empty())
    return fmt::format("{}: nothing is changed until that is over; then look again\n", migrating);
  if (!plan.has_changes())
    return {};
  return fmt::format("plan {0}: `init --plan {0}` applies exactly this\n", plan_hash(plan));
}

int plan(const Context& context, bool json) {
  const auto declared = load_declared(context);
  if (!declared)
    return declared.error();
  const auto& [settings, desired] = *declared;
  const auto target = open_target(context, settings, "plan");
  if (!target)
    return fail(json, kExitCheckFailed, target.error().message);
  warn_about_other_streams(*target, desired);
  const jetstream::ReconcileReport report =
      reconcile_once(*target, settings, desired, jetstream::ReconcileMode::kPlanOnly);
  if (!report.listed)
    return fail(json, kExitCheckFailed, unlisted(*target, report));
  tell_left_alone(report);
  const jetstream::Plan& made = report.plan;
  if (json) {
    nlohmann::json body = to_json(made);
    body["migrating"] = target->migrating;
    fmt::print("{}\n", body.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
  } else {
    fmt::print("{}{}", to_text(made), how_to_apply(made, target->migrating));
  }
  return made.has_changes() || made.has_refusals() ? kExitPlanHasChanges : kExitOk;
}

}  // namespace

void add_plan(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand(
      "plan",
      "Compare the manifest with the server's streams; changes nothing (exit 0 same, 2 changes, 1 "
      "no answer, 78 configuration or manifest wrong)");
  command->footer(
      "Asks the running supervisor, or the server that --nats-url or NATS_URL names.\n"
      "Example: STREAM_MAX_MSGS=100 unified_entrypoint plan");
  auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "For machines");
  add_remote_options(*command, context);
  add_configuration_options(*command, context);
  command->callback([&context, json] { context.exit_code = plan(context, *json); });
}

}  // namespace unified::cli
