#include "cli/old_names.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

#include "base/exit_code.h"

namespace unified::cli {
namespace {

using Arguments = std::vector<std::string>;

struct Script {
  std::string_view name;
  std::string_view command;  ///< the first argument; empty: none, `run` is the default
};

constexpr std::array<Script, 6> kScripts{{{"check_streams.py", "streams"},
                                          {"enhanced_jetstream_init.py", "init"},
                                          {"config_renderer.py", "render"},
                                          {"test_unified_deployment.py", "verify"},
                                          {"health_check.sh", "health"},
                                          {"unified_entrypoint.sh", ""}}};

std::string base_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

/// python, python3, python3.11
bool is_python(std::string_view name) {
  constexpr std::string_view kPython = "python";
  return name.starts_with(kPython) &&
         name.find_first_not_of("0123456789.", kPython.size()) == std::string_view::npos;
}

const Script* find_script(std::string_view name) {
  const auto* const found = std::ranges::find(kScripts, name, &Script::name);
  return found == kScripts.end() ? nullptr : found;
}

/// Takes the option out; whether it was there.
bool take(Arguments& arguments, std::string_view option) {
  return std::erase(arguments, option) > 0;
}

/// enhanced_jetstream_init.py was three commands in one, and never asked.
void translate_init(std::string& command, Arguments& arguments) {
  const bool health_check = take(arguments, "--health-check");
  const bool stats = take(arguments, "--stats");
  if (!health_check && !stats) {
    arguments.insert(arguments.begin(), "--yes");
    return;
  }
  command = "streams";
  take(arguments, "--wait");
  if (stats)
    arguments.insert(arguments.begin(), "--stats");
}

Translated as_script(const Script& script, Arguments rest) {
  std::string command{script.command};
  if (command == "init")
    translate_init(command, rest);
  Translated result;
  result.is_script = true;
  result.ends_by_itself = !command.empty();
  result.arguments = {"unified_entrypoint"};
  if (!command.empty())
    result.arguments.push_back(command);
  result.arguments.insert(result.arguments.end(), rest.begin(), rest.end());
  return result;
}

std::string not_python(const std::string& what) {
  std::string names;
  for (const Script& script : kScripts)
    if (script.name.ends_with(".py"))
      names += (names.empty() ? "" : ", ") + std::string{script.name};
  return fmt::format(
      "cannot run {}: there is no Python here, this python3 only knows the scripts of the old "
      "image, which are built in: {}",
      what.empty() ? "an interactive session" : what, names);
}

}  // namespace

Translated translate_old_names(const std::vector<std::string>& argv) {
  if (argv.empty())
    return {{"unified_entrypoint"}, {}, false, false};
  const std::string name = base_name(argv.front());
  if (const Script* script = find_script(name))
    return as_script(*script, {argv.begin() + 1, argv.end()});
  if (!is_python(name))
    return {argv, {}, false, false};
  const std::string wanted = argv.size() > 1 ? argv[1] : std::string{};
  const Script* script = find_script(base_name(wanted));
  if (script == nullptr || !script->name.ends_with(".py"))
    return {argv, not_python(wanted), true, true};
  return as_script(*script, {argv.begin() + 2, argv.end()});
}

int old_exit_code(int exit_code) {
  switch (exit_code) {
    case kExitOk:
    case kExitPlanHasChanges:  // streams are in place, something declared was not applied: a
                               // warning
      return kExitOk;
    case kExitUsage:
      return kExitUsage;
    default:
      return kExitCheckFailed;
  }
}

}  // namespace unified::cli
