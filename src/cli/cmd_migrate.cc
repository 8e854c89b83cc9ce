#include <chrono>
#include <cstdio>
#include <iostream>
#include <memory>
#include <optional>
#include <thread>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "api/control_client.h"
#include "cli/context.h"
#include "cli/control.h"
#include "cli/declared.h"
#include "cli/terminal.h"
#include "cli/verbs.h"

namespace unified::cli {
namespace {

constexpr std::chrono::milliseconds kPlanPatience{60'000};
constexpr std::chrono::milliseconds kLook{200};
/// A supervisor that was restarted meanwhile goes on with it.
constexpr std::chrono::seconds kLostPatience{15};

struct MigrateOptions {
  std::string stream;
  bool yes = false;
  bool json = false;
  bool dry_run = false;
  bool keep_backup = false;
  bool cancel = false;
};

/// A conflict's lines in one.
std::string lines_of(const api::Response& answer) {
  const auto body = nlohmann::json::parse(answer.body, nullptr, false);
  std::string text;
  for (const auto& line :
       body.is_object() ? body.value("lines", nlohmann::json::array()) : nlohmann::json::array())
    if (line.is_string())
      text += (text.empty() ? "" : "; ") + line.get<std::string>();
  return text.empty() ? answer.body : text;
}

/// The answer to POST /migrate; the exit code after a failure was told.
Result<nlohmann::json, int> post(const Context& context,
                                 const MigrateOptions& options,
                                 bool dry_run) {
  const auto socket = supervisor_socket(context);
  if (!socket)
    return fail(options.json, kExitUnavailable, socket.error().message);
  const nlohmann::json body{
      {"stream", options.stream}, {"dry_run", dry_run}, {"keep_backup", options.keep_backup}};
  const auto answer = api::control_post(
      *socket, "/migrate", body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace),
      kPlanPatience);
  if (!answer)
    return fail(options.json, kExitUnavailable, answer.error().message);
  if (answer->status == 404)
    return fail(options.json, kExitCheckFailed,
                "the supervisor here runs no nats-server of its own: only the one that starts and "
                "stops the server can move a stream; run it there");
  if (answer->status >= 300)
    return fail(options.json, kExitCheckFailed, lines_of(*answer));
  return nlohmann::json::parse(answer->body, nullptr, false);
}

bool agreed() {
  fmt::print(stderr, "Begin? [y/N] ");
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

/// Nothing: go on.
std::optional<int> ask_about(const nlohmann::json& plan, const MigrateOptions& options) {
  if (!options.json) {
    fmt::print("{}", plan.value("text", ""));
    (void)std::fflush(stdout);
  }
  if (options.dry_run) {
    if (options.json)
      fmt::print("{}\n", plan.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
    return kExitOk;
  }
  if (options.yes)
    return std::nullopt;
  if (options.json || !is_terminal(stdin))
    return fail(options.json, kExitUsage, "nothing was changed: --yes begins it");
  if (!agreed())
    return fail(options.json, kExitCheckFailed, "nothing was changed");
  return std::nullopt;
}

/// How one ended that was asked to: the old configuration is what was wanted.
int report_cancelled(const std::string& outcome,
                     const std::string& message,
                     const MigrateOptions& options) {
  if (outcome != "refused")
    return fail(options.json, kExitCheckFailed,
                fmt::format("it was too late, stream {} was migrated{}{}", options.stream,
                            message.empty() ? "" : ": ", message));
  if (options.json)
    fmt::print("{}\n", nlohmann::json{{"status", "pass"}, {"message", message}}.dump());
  else
    fmt::print("stream {} has its old configuration: {}\n", options.stream, message);
  return kExitOk;
}

int report(const nlohmann::json& state, const MigrateOptions& options) {
  const std::string outcome = state.value("outcome", "");
  const std::string message = state.value("message", "");
  if (options.cancel && (outcome == "done" || outcome == "refused"))
    return report_cancelled(outcome, message, options);
  if (outcome != "done")
    return fail(options.json, kExitCheckFailed,
                outcome == "refused"
                    ? fmt::format("stream {} is as it was: {}", options.stream, message)
                    : fmt::format("stream {} was not migrated: {}", options.stream, message));
  if (options.json)
    fmt::print("{}\n", nlohmann::json{{"status", "pass"}, {"message", message}}.dump(
                           -1, ' ', false, nlohmann::json::error_handler_t::replace));
  else
    fmt::print("stream {} was migrated{}{}\n", options.stream, message.empty() ? "" : ": ",
               message);
  return kExitOk;
}

/// What a person has to do before it goes on; `told` is what was said before.
void tell_what_is_waited_for(const nlohmann::json& state, Progress& progress, std::string& told) {
  const std::string waiting = state.value("waiting", "");
  if (waiting.empty() || waiting == told)
    return;
  told = waiting;
  progress.clear();
  fmt::print(stderr, "waiting: {}\n", waiting);
}

/// To its end, which does not depend on us.
int follow(const Context& context, const MigrateOptions& options) {
  Progress progress;
  std::string told;
  auto heard = std::chrono::steady_clock::now();
  while (true) {
    std::this_thread::sleep_for(kLook);
    const auto answer = ask_supervisor(context, "/migration", kPlanPatience);
    const auto state =
        answer ? nlohmann::json::parse(answer->body, nullptr, false) : nlohmann::json{};
    if (!state.is_object()) {
      if (std::chrono::steady_clock::now() - heard > kLostPatience)
        return fail(
            options.json, kExitUnavailable,
            "the supervisor is gone: unless the migration was over by then, its next start goes "
            "on with it; `plan` shows how the stream is");
      continue;
    }
    heard = std::chrono::steady_clock::now();
    const bool ours = state.value("stream", "") == options.stream;
    if (ours && !state.value("outcome", "").empty())
      return report(state, options);
    if (state.value("busy", "").empty())  // begun anew, and done before it was asked
      return fail(options.json, kExitCheckFailed,
                  "the supervisor was restarted meanwhile, and nothing is left to do: `plan` shows "
                  "whether the stream is as declared");
    tell_what_is_waited_for(state, progress, told);
    progress.show(state.value("busy", ""));
  }
}

/// The one under way goes back.
int cancel(const Context& context, const MigrateOptions& options) {
  const auto socket = supervisor_socket(context);
  if (!socket)
    return fail(options.json, kExitUnavailable, socket.error().message);
  const nlohmann::json body{{"stream", options.stream}};
  const auto answer = api::control_post(*socket, "/migration/cancel", body.dump(), kPlanPatience);
  if (!answer)
    return fail(options.json, kExitUnavailable, answer.error().message);
  if (answer->status >= 300)
    return fail(options.json, kExitCheckFailed, lines_of(*answer));
  return follow(context, options);
}

int migrate(const Context& context, const MigrateOptions& options) {
  if (options.cancel)
    return cancel(context, options);
  const auto plan = post(context, options, true);
  if (!plan)
    return plan.error();
  if (const auto code = ask_about(*plan, options))
    return *code;
  const auto begun = post(context, options, false);
  return begun ? follow(context, options) : begun.error();
}

}  // namespace

void add_migrate(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand(
      "migrate",
      "Change what no update can (storage, max_consumers) of a stream that exists, and keep every "
      "message");
  command->footer(
      "The running supervisor takes the subjects away (publishers get \"no responders\"), saves "
      "the "
      "stream, proves the backup on a second server, seals the stream, so that nothing can be "
      "stored "
      "in it any more, compares it once more, deletes it, and puts the new one in its place; then "
      "it compares every message and consumer. What was stored after the save is saved again "
      "before "
      "anything is deleted. It goes on where it was after a crash or a restart, and is not ready "
      "until it is done.\n"
      "If anything is wrong, or with --cancel, the old configuration stays: before the seal the "
      "subjects come back. Sealing can't be undone: after it the stream is deleted and restored "
      "from "
      "the proved backup in its old configuration, and what was acknowledged after the save comes "
      "again.\n"
      "Another program that gives the stream its subjects back all the time (a sidecar of an older "
      "release with the same manifest) ends it, after the fifth time, with 1.\n"
      "Exit 0 done (--cancel: the old configuration is there), 1 not possible or failed (the old "
      "stream is there), 64 --yes is missing, 69 no supervisor.\n"
      "Examples:\n"
      "  unified_entrypoint migrate MARKET_DATA --dry-run\n"
      "  unified_entrypoint migrate MARKET_DATA --yes --keep-backup\n"
      "  unified_entrypoint migrate MARKET_DATA --cancel");
  auto options = std::make_shared<MigrateOptions>();
  command->add_option("NAME", options->stream, "The declared stream")->required();
  command->add_flag("--yes,-y", options->yes, "Begin without asking");
  command->add_flag("--dry-run", options->dry_run, "Only show what would change and what it costs");
  command->add_flag("--keep-backup", options->keep_backup,
                    "Keep the backup in the store's unified-migration folder");
  command
      ->add_flag("--cancel", options->cancel,
                 "Go back to the old configuration, and wait until it is there")
      ->excludes("--yes")
      ->excludes("--dry-run")
      ->excludes("--keep-backup");
  command->add_flag("--json", options->json, "For machines");
  add_configuration_options(*command, context);
  command->callback([&context, options] { context.exit_code = migrate(context, *options); });
}

}  // namespace unified::cli
