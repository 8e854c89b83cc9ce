#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/configuration.h"
#include "cli/context.h"
#include "config/describe.h"

namespace unified::cli {
namespace {

int show(const Context& context, bool json) {
  const auto loaded = load_configuration(context, os::environment_snapshot());
  if (!loaded)
    return kExitConfiguration;
  if (!json) {
    std::fputs(config::to_text(loaded->settings).c_str(), stdout);
    for (const config::Problem& warning : loaded->warnings)
      fmt::print(stderr, "warning: {}\n", to_text(warning));
    return kExitOk;
  }
  auto values = nlohmann::ordered_json::array();
  for (const config::EffectiveValue& value : loaded->settings.values)
    values.push_back({{"name", value.name}, {"value", value.value}, {"origin", value.origin}});
  fmt::print("{}\n", values.dump(2));
  return kExitOk;
}

}  // namespace

void add_config(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand(
      "config", "Show every setting, its effective value and where it came from");
  command->footer("Example: unified_entrypoint config --template > .env");
  auto json = std::make_shared<bool>(false);
  auto markdown = std::make_shared<bool>(false);
  auto as_template = std::make_shared<bool>(false);
  auto* json_flag = command->add_flag("--json", *json, "For machines");
  auto* markdown_flag = command->add_flag("--markdown", *markdown,
                                          "The table of all variables, with defaults and rules");
  command->add_flag("--template", *as_template, "A commented .env with every variable")
      ->excludes(json_flag)
      ->excludes(markdown_flag);
  markdown_flag->excludes(json_flag);
  add_configuration_options(*command, context);
  command->callback([&context, json, markdown, as_template] {
    if (*markdown || *as_template)
      std::fputs((*markdown ? config::to_markdown() : config::to_template()).c_str(), stdout);
    else
      context.exit_code = show(context, *json);
  });
}

}  // namespace unified::cli
