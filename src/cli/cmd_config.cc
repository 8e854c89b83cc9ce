#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/configuration.h"
#include "cli/context.h"
#include "config/describe.h"
#include "config/profiles.h"

namespace unified::cli {
namespace {

int show(const Context& context, bool json) {
  const auto loaded = load_configuration(context, os::environment_snapshot());
  if (!loaded)
    return kExitConfiguration;
  if (!json) {
    fmt::print("{}", config::to_text(loaded->settings));
    for (const config::Problem& warning : loaded->warnings)
      fmt::print(stderr, "warning: {}\n", to_text(warning));
    return kExitOk;
  }
  auto values = nlohmann::ordered_json::array();
  for (const config::EffectiveValue& value : loaded->settings.values)
    values.push_back({{"name", value.name}, {"value", value.value}, {"origin", value.origin}});
  fmt::print("{}\n", values.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
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
  auto* template_flag =
      command->add_flag("--template", *as_template, "A commented .env with every variable")
          ->excludes(json_flag)
          ->excludes(markdown_flag);
  markdown_flag->excludes(json_flag);
  auto profile = std::make_shared<std::string>();
  const auto profiles = config::profile_names();
  command->add_option("--profile", *profile, "A commented .env for one kind of use")
      ->check(CLI::IsMember(std::vector<std::string>{profiles.begin(), profiles.end()}))
      ->excludes(json_flag)
      ->excludes(markdown_flag)
      ->excludes(template_flag);
  add_configuration_options(*command, context);
  command->callback([&context, json, markdown, as_template, profile] {
    if (const auto text = config::to_profile(*profile))
      fmt::print("{}", *text);
    else if (*markdown || *as_template)
      fmt::print("{}", *markdown ? config::to_markdown() : config::to_template());
    else
      context.exit_code = show(context, *json);
  });
}

}  // namespace unified::cli
