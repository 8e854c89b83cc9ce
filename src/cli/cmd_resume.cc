#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cli/context.h"
#include "cli/verbs.h"

namespace unified::cli {

void add_resume(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand(
      "resume", "End the pause of a stream: it is reconciled at once, as at a start");
  command->footer(
      "Exit 0 done, also when it was not paused; 1 failed, 69 no supervisor.\n"
      "Example: unified_entrypoint resume MARKET_DATA");
  auto stream = std::make_shared<std::string>();
  auto json = std::make_shared<bool>(false);
  command->add_option("NAME", *stream, "The stream")->required();
  command->add_flag("--json", *json, "For machines");
  add_configuration_options(*command, context);
  command->callback([&context, stream, json] {
    context.exit_code = ask_about_stream(context, "/resume", {{"stream", *stream}}, *json);
  });
}

}  // namespace unified::cli
