#include <chrono>
#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/context.h"
#include "cli/declared.h"
#include "cli/reconciling.h"
#include "cli/remote_options.h"
#include "cli/target.h"
#include "cli/terminal.h"
#include "jetstream/streams_report.h"

namespace unified::cli {
namespace {

struct StreamsOptions {
  std::string stream;
  bool detailed = false;
  bool stats = false;
  bool json = false;
  bool quiet = false;
};

std::int64_t now_unix_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

/// Leaves only the stream that was asked for; false: there is none of that name.
bool keep_only(const std::string& name, jetstream::StreamsReport& report) {
  std::erase_if(report.streams, [&](const auto& stream) { return stream.name != name; });
  return !report.streams.empty();
}

void print(const StreamsOptions& options, const jetstream::StreamsReport& report) {
  if (options.json)
    fmt::print("{}\n", to_json(report, now_unix_ns())
                           .dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
  else if (!options.quiet)
    fmt::print("{}", to_text(report, {.stats = options.stats,
                                      .colour = wants_colour(stdout),
                                      .now_unix_ns = now_unix_ns()}));
  if (!options.json)
    fmt::print(stderr, "{}", problems_text(report));
}

int streams(const Context& context, const StreamsOptions& options) {
  const auto declared = load_declared(context);
  if (!declared)
    return declared.error();
  const auto& [settings, desired] = *declared;
  const auto target = open_target(context, settings, "streams");
  if (!target)
    return fail(options.json, kExitUnavailable, target.error().message);
  warn_about_other_streams(*target, desired);
  const jetstream::ReconcileReport seen =
      reconcile_once(*target, settings, desired, jetstream::ReconcileMode::kPlanOnly);
  if (!seen.listed)
    return fail(options.json, kExitUnavailable, unlisted(*target, seen));
  jetstream::StreamsReport report = judge_streams(desired.streams, seen);
  report.server = target->where;
  report.version = target->version;
  std::vector<std::string> names;
  names.reserve(report.streams.size());
  for (const auto& stream : report.streams)
    names.push_back(stream.name);
  if (!options.stream.empty() && !keep_only(options.stream, report))
    return fail(options.json, kExitCheckFailed,
                fmt::format("stream {} does not exist at {} and is not declared; there are: {}",
                            options.stream, target->where, fmt::join(names, ", ")));
  if (auto account = jetstream::Api{*target->port, target->timeout}.account_info())
    report.account = *account;
  if (options.detailed) {
    Progress progress;
    progress.show("reading subjects and consumers…");
    add_details(*target->port, report, target->timeout);
  }
  print(options, report);
  return report.has_errors() ? kExitCheckFailed : kExitOk;
}

}  // namespace

void add_streams(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand(
      "streams",
      "The server's streams and what is wrong with the declared ones (exit 0, also with "
      "warnings; 1 something declared is missing, not loaded or takes no messages, or a stream "
      "with discard: new is full; 69 no server)");
  command->footer(
      "Asks the running supervisor, or the server that --nats-url or NATS_URL names.\n"
      "Examples:\n"
      "  unified_entrypoint streams --detailed\n"
      "  unified_entrypoint streams --stream MARKET_DATA --json\n"
      "  unified_entrypoint streams --nats-url nats://user:password@broker:4222");
  auto options = std::make_shared<StreamsOptions>();
  command->add_option("--stream", options->stream, "Only this one")->type_name("NAME");
  command->add_flag("--detailed", options->detailed,
                    "Also each declared subject (messages, last message) and each consumer (lag)");
  command->add_flag("--stats", options->stats, "Also sequences, averages and JetStream's totals");
  command->add_flag("--json", options->json, "For machines");
  command->add_flag("--quiet", options->quiet, "Only errors and warnings, on stderr");
  add_remote_options(*command, context);
  add_configuration_options(*command, context);
  command->callback([&context, options] { context.exit_code = streams(context, *options); });
}

}  // namespace unified::cli
