#include "cli/configuration.h"

#include <cstdio>
#include <utility>

#include <fmt/format.h>

#include "config/dotenv.h"
#include "os/file_text.h"
#include "os/local_host.h"
#include "os/presence.h"

namespace unified::cli {
namespace {

constexpr std::size_t kMaxEnvFileBytes = std::size_t{4} * 1024 * 1024;
constexpr const char* kUsualFile = ".env";

std::vector<std::string> lines_of(const config::Problems& problems) {
  std::vector<std::string> lines;
  for (const config::Problem& problem : problems)
    lines.push_back(fmt::format("{}: {}",
                                problem.severity == config::Severity::kError ? "error" : "warning",
                                to_text(problem)));
  return lines;
}

/// Everything read, or a line for each file that can't be.
Result<config::Inputs, std::vector<std::string>> gather(const Context& context,
                                                        const os::Environment& environment) {
  config::Inputs inputs;
  inputs.environment = environment;
  inputs.arguments = context.arguments;
  inputs.flags = context.flags;
  inputs.strict = context.strict;
  std::vector<std::string> unreadable;
  const auto add = [&](const std::string& path) {
    auto text = os::read_text_file(path, kMaxEnvFileBytes);
    if (text)
      inputs.env_files.push_back({path, *std::move(text)});
    else
      unreadable.push_back(text.error().message);
  };
  const auto has_usual = os::name_exists(kUsualFile);
  if (!has_usual)
    unreadable.push_back(has_usual.error().message);
  else if (*has_usual)
    add(kUsualFile);
  for (const std::string& file : context.env_files)
    add(file);
  if (!unreadable.empty())
    return unreadable;
  return inputs;
}

}  // namespace

std::vector<std::string> env_file_paths(const Context& context) {
  std::vector<std::string> paths{kUsualFile};
  paths.insert(paths.end(), context.env_files.begin(), context.env_files.end());
  return paths;
}

std::optional<config::Inputs> read_inputs(const Context& context,
                                          const os::Environment& environment) {
  auto inputs = gather(context, environment);
  if (inputs)
    return *std::move(inputs);
  for (const std::string& line : inputs.error())
    fmt::print(stderr, "unified_entrypoint: {}\n", line);
  return std::nullopt;
}

Result<config::Loaded, std::vector<std::string>> try_load(const Context& context,
                                                          const os::Environment& environment) {
  const auto inputs = gather(context, environment);
  if (!inputs)
    return inputs.error();
  auto loaded = config::load(*inputs, os::LocalHost{});
  if (!loaded)
    return lines_of(loaded.error());
  return *std::move(loaded);
}

std::optional<config::Loaded> load_configuration(const Context& context,
                                                 const os::Environment& environment) {
  const auto inputs = read_inputs(context, environment);
  if (!inputs)
    return std::nullopt;
  auto loaded = config::load(*inputs, os::LocalHost{});
  if (loaded)
    return *std::move(loaded);
  for (const std::string& line : lines_of(loaded.error()))
    fmt::print(stderr, "{}\n", line);
  return std::nullopt;
}

std::optional<std::string> configured_run_dir(const Context& context,
                                              const os::Environment& environment) {
  constexpr const char* kName = "RUN_DIR";
  const auto set = environment.find(kName);
  if (set != environment.end() && !set->second.empty())
    return set->second;
  const auto lookup = [&environment](const std::string& name) -> std::optional<std::string> {
    const auto found = environment.find(name);
    return found == environment.end() ? std::nullopt : std::optional{found->second};
  };
  const auto inputs = read_inputs(context, environment);
  if (!inputs)
    return std::nullopt;
  std::string run_dir;
  for (const config::EnvFile& file : inputs->env_files)
    for (const config::DotenvEntry& entry :
         config::parse_dotenv(file.text, file.name, {lookup, {}}).entries)
      if (entry.name == kName)
        run_dir = entry.value;
  return run_dir;
}

}  // namespace unified::cli
