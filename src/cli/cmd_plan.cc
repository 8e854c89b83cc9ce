#include <chrono>
#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/absolute_paths.h"
#include "app/manifest_source.h"
#include "app/remote_streams.h"
#include "app/store_state.h"
#include "cli/configuration.h"
#include "cli/context.h"
#include "cli/control.h"
#include "jetstream/plan.h"
#include "os/store_scan.h"

namespace unified::cli {
namespace {

constexpr std::chrono::milliseconds kPatience{10'000};

/// What the running supervisor sees; its server is asked directly when NATS_URL names one.
Result<jetstream::Actual> actual_streams(const Context& context, const config::Settings& settings) {
  if (!settings.clients.urls.empty())
    return app::remote_streams(settings);
  const auto answer = ask_supervisor(context, "/streams", kPatience);
  if (!answer)
    return Error{answer.error().message +
                 "; set NATS_URL to plan against a server without our supervisor"};
  return app::parse_streams(answer->body);
}

/// A stream that is on disk but not listed must never look like one to create.
void add_unloaded(const std::vector<jetstream::StreamSpec>& desired,
                  const std::string& store_dir,
                  jetstream::Actual& actual) {
  for (const jetstream::StreamSpec& spec : desired) {
    const bool listed = std::ranges::find(actual.streams, spec.name,
                                          &jetstream::StreamState::name) != actual.streams.end();
    const auto evidence = os::stream_evidence(store_dir, spec.name);
    if (!listed && evidence)
      actual.unloaded.push_back({spec.name, *evidence});
  }
}

int plan(const Context& context, bool json) {
  auto loaded = load_configuration(context, os::environment_snapshot());
  if (!loaded)
    return kExitConfiguration;
  app::make_paths_absolute(loaded->settings);
  const config::Settings& settings = loaded->settings;
  const auto manifest = app::load_manifest(settings);
  if (!manifest) {
    for (const std::string& line : manifest.error().lines)
      fmt::print(stderr, "error: {}\n", line);
    return manifest.error().exit_code;
  }
  auto actual = actual_streams(context, settings);
  if (!actual) {
    fmt::print(stderr, "error: {}\n", actual.error().message);
    return kExitCheckFailed;
  }
  if (settings.clients.urls.empty())
    add_unloaded(manifest->streams, settings.jetstream.store_dir, *actual);
  const std::int64_t now = std::chrono::duration_cast<std::chrono::nanoseconds>(
                               std::chrono::system_clock::now().time_since_epoch())
                               .count();
  const jetstream::Plan made = jetstream::make_plan(
      manifest->streams, *actual, app::allowed_from(settings.reconcile.allow), now);
  if (json)
    fmt::print("{}\n", to_json(made).dump(2));
  else
    std::fputs(to_text(made).c_str(), stdout);
  return made.has_changes() || made.has_refusals() ? kExitPlanHasChanges : kExitOk;
}

}  // namespace

void add_plan(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("plan",
                                         "Compare the manifest with the server's streams; changes "
                                         "nothing (exit 0 same, 2 changes, 1 error)");
  command->footer(
      "Asks the running supervisor, or the server that NATS_URL names.\n"
      "Example: STREAM_MAX_MSGS=100 unified_entrypoint plan");
  auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "For machines");
  add_configuration_options(*command, context);
  command->callback([&context, json] { context.exit_code = plan(context, *json); });
}

}  // namespace unified::cli
