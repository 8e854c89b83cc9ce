#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "app/preparation.h"
#include "cli/context.h"
#include "os/environ.h"
#include "os/nats_server.h"

namespace unified::cli {
namespace {

int fail(int exit_code, const std::string& message) {
  fmt::print(stderr, "error: {}\n", message);
  return exit_code;
}

std::string value_of(const os::Environment& environment, const std::string& name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string{} : found->second;
}

/// For the last step of an image's build: no start from that image has to ask again.
int remember() {
  const os::Environment environment = os::environment_snapshot();
  const auto binary =
      os::find_nats_server(value_of(environment, "NATS_SERVER_BIN"), app::search_path(environment));
  if (!binary)
    return fail(binary.error().exit_code, binary.error().message);
  const std::string cache = app::image_cache();
  if (cache.empty())
    return fail(kExitInternal, "cannot find unified_nats.so, beside which it would be written");
  const auto version = os::remember_server_version(*binary, cache);
  if (!version)
    return fail(kExitUnavailable, version.error().message);
  fmt::print("nats-server {} ({}), remembered in {}\n", to_text(*version), *binary, cache);
  return kExitOk;
}

}  // namespace

void add_version(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("version", "Print the version of this program");
  command->footer(
      "Examples:\n"
      "  unified_entrypoint version\n"
      "  RUN unified_entrypoint version --remember    the last step of an image's build");
  auto remembers = std::make_shared<bool>(false);
  command->add_flag("--remember", *remembers,
                    "Ask nats-server for its version once and keep the answer beside this program, "
                    "so that no start has to (6 ms)");
  command->callback([&context, remembers] {
    fmt::print("unified_entrypoint {}\n", UNIFIED_VERSION);
    context.exit_code = *remembers ? remember() : kExitOk;
  });
}

}  // namespace unified::cli
