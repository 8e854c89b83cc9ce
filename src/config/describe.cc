#include "config/describe.h"

#include <map>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace unified::config {
namespace {

constexpr std::string_view kTemplateHead =
    R"(# Configuration of unified-nats: copy this file to .env and change what you need.
# Made by `unified_entrypoint config --template`; the table in src/config/variables.cc is its source.
#
# Order: environment, then --env-file, then .env in the working directory, then the default. Empty is unset.
# bool: true false 1 0 yes no on off. size: 1048576 64K 512MB 1GB 1GiB (KB = KiB = 1024, K = 1000).
# duration: seconds, or 250ms 90s 2h 1h30m 7d. list: comma separated. A literal $ is written $$, or in single quotes.
# A comment after a value needs a blank before its #. For a secret, NAME_FILE=/run/secrets/name is accepted instead of NAME.
)";

std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text)
    out += c == '|' ? std::string{"\\|"} : std::string{c};
  return out;
}

}  // namespace

std::string notes_on(const Variable& variable) {
  if (!variable.ours())
    return {};
  std::vector<std::string> notes{type_text(variable)};
  if (variable.hidden())
    notes.emplace_back("secret");
  if (variable.is(kReload))
    notes.emplace_back("reloadable");
  if (variable.is(kLater | kLaterPart))
    notes.emplace_back("not in this release yet");
  return fmt::format(" ({})", fmt::join(notes, "; "));
}

std::string to_template() {
  std::string out{kTemplateHead};
  for (const Group& group : variable_groups()) {
    out += fmt::format("\n# ==================== {} ====================\n", group.title);
    for (const Variable& variable : group.variables)
      out += fmt::format("# {}{}\n{}{}={}\n", variable.help, notes_on(variable),
                         variable.is(kClassic) ? "" : "#", variable.name, variable.default_text);
  }
  return out;
}

std::string to_markdown() {
  std::string out = "| Variable | Type | Default | Reloadable | Meaning |\n|---|---|---|---|---|\n";
  for (const Group& group : variable_groups()) {
    out += fmt::format("| **{}** | | | | |\n", group.title);
    for (const Variable& variable : group.variables)
      out += fmt::format("| {}{} | {} | {} | {} | {}{} |\n", variable.name,
                         variable.hidden() ? " (S)" : "", cell(type_text(variable)),
                         cell(variable.default_text), variable.is(kReload) ? "yes" : "",
                         cell(variable.help),
                         variable.is(kLater | kLaterPart) ? " (not in this release yet)" : "");
  }
  return out;
}

std::string to_text(const Settings& settings) {
  std::map<std::string_view, const EffectiveValue*> by_name;
  for (const EffectiveValue& value : settings.values)
    by_name[value.name] = &value;
  std::string out;
  for (const Group& group : variable_groups()) {
    out += fmt::format("{}# {}\n", out.empty() ? "" : "\n", group.title);
    for (const Variable& variable : group.variables) {
      const auto found = by_name.find(variable.name);
      if (found == by_name.end())
        continue;
      const bool later = variable.is(kLater | kLaterPart);
      out +=
          fmt::format("{:<60}  # {}{}\n", fmt::format("{}={}", variable.name, found->second->value),
                      found->second->origin, later ? "; not in this release yet" : "");
    }
  }
  return out;
}

}  // namespace unified::config
