#include "cli/declared.h"

#include <cstdio>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/absolute_paths.h"
#include "app/manifest_source.h"
#include "cli/configuration.h"

namespace unified::cli {

Result<Declared, int> load_declared(const Context& context) {
  auto loaded = load_configuration(context, os::environment_snapshot());
  if (!loaded)
    return kExitConfiguration;
  app::make_paths_absolute(loaded->settings);
  auto manifest = app::load_manifest(loaded->settings);
  if (!manifest) {
    for (const std::string& line : manifest.error().lines)
      fmt::print(stderr, "error: {}\n", line);
    return manifest.error().exit_code;
  }
  for (const std::string& line : manifest->warnings)
    fmt::print(stderr, "warning: {}\n", line);
  return Declared{std::move(loaded->settings), std::move(*manifest)};
}

int fail(bool json, int exit_code, const std::string& message) {
  if (json)
    fmt::print("{}\n", nlohmann::json{{"status", "fail"}, {"error", message}}.dump(
                           2, ' ', false, nlohmann::json::error_handler_t::replace));
  else
    fmt::print(stderr, "error: {}\n", message);
  return exit_code;
}

}  // namespace unified::cli
