#include <chrono>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/parse.h"
#include "cli/context.h"
#include "cli/declared.h"
#include "cli/duration_option.h"
#include "cli/verbs.h"
#include "jetstream/pauses.h"

namespace unified::cli {
namespace {

struct PauseOptions {
  std::string stream;
  std::chrono::milliseconds duration = std::chrono::hours{1};
  std::string reason;
  bool json = false;
};

int pause(const Context& context, const PauseOptions& options) {
  if (options.stream.empty())
    return fail(options.json, kExitUsage, "NAME: the name of a declared stream is expected");
  if (options.duration.count() <= 0 || options.duration > jetstream::kLongestPause)
    return fail(
        options.json, kExitUsage,
        fmt::format("--for {}: a pause lasts from 1s to {}; ask again before it ends to make "
                    "it longer",
                    format_duration(options.duration), format_duration(jetstream::kLongestPause)));
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(options.duration).count();
  return ask_about_stream(
      context, "/pause",
      {{"stream", options.stream}, {"for_seconds", seconds}, {"reason", options.reason}},
      options.json);
}

}  // namespace

void add_pause(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand(
      "pause",
      "Leave a declared stream and its consumers alone for a while: no drift repair, reload, start "
      "or init touches them");
  command->footer(
      "For work on a stream that its declaration would get in the way of. It survives restarts, "
      "and "
      "ends by itself; `resume` ends it earlier. Readiness does not change: what is missing is "
      "missing. A paused stream is not migrated. Again: with another end and reason. A sidecar "
      "keeps it in its RUN_DIR.\n"
      "Exit 0 done, 1 refused or failed, 64 usage, 69 no supervisor.\n"
      "Example: unified_entrypoint pause MARKET_DATA --for 2h --reason 'restore by the night "
      "shift'");
  auto options = std::make_shared<PauseOptions>();
  command->add_option("NAME", options->stream, "The declared stream")->required();
  add_duration(*command, "--for", options->duration, "How long, at most 7 days");
  command->add_option("--reason", options->reason, "Shown wherever the pause is")
      ->type_name("TEXT");
  command->add_flag("--json", options->json, "For machines");
  add_configuration_options(*command, context);
  command->callback([&context, options] { context.exit_code = pause(context, *options); });
}

}  // namespace unified::cli
