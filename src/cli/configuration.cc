#include "cli/configuration.h"

#include <cstdio>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "config/dotenv.h"
#include "os/file_text.h"
#include "os/local_host.h"

namespace unified::cli {
namespace {

constexpr std::size_t kMaxEnvFileBytes = std::size_t{4} * 1024 * 1024;
constexpr const char* kUsualFile = ".env";

bool add_file(const std::string& path, config::Inputs& inputs) {
  auto text = os::read_text_file(path, kMaxEnvFileBytes);
  if (!text) {
    fmt::print(stderr, "unified_entrypoint: {}\n", text.error().message);
    return false;
  }
  inputs.env_files.push_back({path, *std::move(text)});
  return true;
}

}  // namespace

std::optional<config::Inputs> read_inputs(const Context& context,
                                          const os::Environment& environment) {
  config::Inputs inputs;
  inputs.environment = environment;
  inputs.strict = context.strict;
  std::error_code ignored;
  bool all_read = !std::filesystem::exists(kUsualFile, ignored) || add_file(kUsualFile, inputs);
  for (const std::string& file : context.env_files)
    all_read = add_file(file, inputs) && all_read;
  if (!all_read)
    return std::nullopt;
  return inputs;
}

std::optional<config::Loaded> load_configuration(const Context& context,
                                                 const os::Environment& environment) {
  const auto inputs = read_inputs(context, environment);
  if (!inputs)
    return std::nullopt;
  auto loaded = config::load(*inputs, os::LocalHost{});
  if (loaded)
    return *std::move(loaded);
  for (const config::Problem& problem : loaded.error())
    fmt::print(stderr, "{}: {}\n",
               problem.severity == config::Severity::kError ? "error" : "warning",
               to_text(problem));
  return std::nullopt;
}

std::string configured_run_dir(const Context& context, const os::Environment& environment) {
  constexpr const char* kName = "RUN_DIR";
  const auto set = environment.find(kName);
  if (set != environment.end() && !set->second.empty())
    return set->second;
  const auto lookup = [&environment](const std::string& name) -> std::optional<std::string> {
    const auto found = environment.find(name);
    return found == environment.end() ? std::nullopt : std::optional{found->second};
  };
  const auto inputs = read_inputs(context, environment);
  std::string run_dir;
  if (!inputs)
    return run_dir;
  for (const config::EnvFile& file : inputs->env_files)
    for (const config::DotenvEntry& entry :
         config::parse_dotenv(file.text, file.name, {lookup, {}}).entries)
      if (entry.name == kName)
        run_dir = entry.value;
  return run_dir;
}

}  // namespace unified::cli
