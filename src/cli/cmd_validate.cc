#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/places.h"
#include "app/preparation.h"
#include "app/server_test.h"
#include "app/sidecar_preparation.h"
#include "app/store_check.h"
#include "app/store_state.h"
#include "cli/configuration.h"
#include "cli/context.h"
#include "jetstream/store.h"
#include "os/directories.h"
#include "os/local_host.h"
#include "os/run_dir.h"
#include "os/store_scan.h"

namespace unified::cli {
namespace {

struct Verdict {
  int exit_code = kExitOk;
  std::vector<std::string> errors;
  std::vector<std::string> warnings;
  std::string server;
  std::string streams;
};

void take(const config::Problems& problems, Verdict& verdict) {
  for (const config::Problem& problem : problems)
    (problem.severity == config::Severity::kError ? verdict.errors : verdict.warnings)
        .push_back(to_text(problem));
}

/// What the start would refuse even on an empty store: more reserved than the server may use.
std::vector<std::string> oversized(const config::Settings& settings,
                                   const std::vector<jetstream::StreamSpec>& streams) {
  if (!settings.jetstream.enabled)
    return {};
  const jetstream::Wanted wanted{.version = {},
                                 .clustered = settings.cluster.enabled,
                                 .key_fingerprint = {},
                                 .max_memory = settings.jetstream.max_memory,
                                 .max_file = settings.jetstream.max_file,
                                 .streams = streams,
                                 .allowed = {}};
  return jetstream::preflight({}, std::nullopt, wanted).errors;
}

/// Beside another's server there is neither a store nor a nats.conf of ours to judge.
Verdict judge_sidecar(config::Loaded loaded, const os::Environment& environment) {
  Verdict verdict;
  const auto ready = app::prepare_sidecar(std::move(loaded), environment);
  if (!ready) {
    verdict.errors = ready.error().lines;
    verdict.exit_code = ready.error().exit_code;
    return verdict;
  }
  verdict.warnings = ready->warnings;
  verdict.server = "no nats-server of its own";
  verdict.streams =
      fmt::format("{} from {}", jetstream::counted(ready->manifest), ready->manifest.source);
  return verdict;
}

/// What a start would refuse on the store that is there; one that can't be seen from here (another
/// machine's, or a volume that is not mounted) is not judged.
void judge_store(const app::Preparation& ready, Verdict& verdict) {
  const config::JetStreamSettings& jetstream = ready.settings.jetstream;
  if (!jetstream.enabled || !verdict.errors.empty() || !os::is_directory(jetstream.store_dir))
    return;
  const auto marker = app::read_marker(jetstream.store_dir);
  const auto streams = os::scan_store(jetstream.store_dir);
  if (!marker || !streams) {
    verdict.warnings.push_back("the store was not looked at: " +
                               (marker ? streams.error() : marker.error()).message);
    return;
  }
  const auto run_dir = os::find_run_dir(ready.run_dir_candidates);
  const auto checked = app::check_store(ready.settings, ready.manifest.streams,
                                        ready.server.version, run_dir ? *run_dir : std::string{});
  if (checked) {
    verdict.warnings.insert(verdict.warnings.end(), checked->warnings.begin(),
                            checked->warnings.end());
    return;
  }
  verdict.errors = checked.error().lines;
  verdict.exit_code = checked.error().exit_code;
}

/// What needs no nats-server comes first; without one the rest is skipped, and said so.
Verdict judge(const Context& context) {
  Verdict verdict;
  const os::Environment environment = os::environment_snapshot();
  const auto inputs = read_inputs(context, environment);
  if (!inputs)
    return {kExitConfiguration, {"an environment file can't be read"}, {}, {}, {}};
  auto loaded = config::load(*inputs, os::LocalHost{});
  if (!loaded) {
    take(loaded.error(), verdict);
    verdict.exit_code = kExitConfiguration;
    return verdict;
  }
  if (!loaded->settings.supervision.own_server)
    return judge_sidecar(*std::move(loaded), environment);
  take(loaded->warnings, verdict);
  for (const std::string& place : app::unusable_places(loaded->settings))
    verdict.warnings.push_back(place);
  const auto manifest = app::load_manifest(loaded->settings);
  if (!manifest) {
    verdict.errors = manifest.error().lines;
    verdict.exit_code = kExitConfiguration;
    return verdict;
  }
  verdict.errors = oversized(loaded->settings, manifest->streams);
  if (!verdict.errors.empty())
    verdict.exit_code = kExitConfiguration;
  verdict.streams = fmt::format("{} from {}", jetstream::counted(*manifest), manifest->source);
  loaded->warnings.clear();
  const auto ready = app::prepare(*std::move(loaded), environment);
  if (!ready &&
      (ready.error().exit_code == kExitNotFound || ready.error().exit_code == kExitNotExecutable)) {
    verdict.warnings.insert(verdict.warnings.end(), manifest->warnings.begin(),
                            manifest->warnings.end());
    verdict.warnings.push_back("nats.conf was not tested: " + ready.error().lines.front());
    return verdict;
  }
  if (!ready) {
    verdict.errors.insert(verdict.errors.end(), ready.error().lines.begin(),
                          ready.error().lines.end());
    verdict.exit_code = ready.error().exit_code;
    return verdict;
  }
  verdict.warnings.insert(verdict.warnings.end(), ready->warnings.begin(), ready->warnings.end());
  verdict.server =
      fmt::format("nats-server {} ({})", to_text(ready->server.version), ready->server.binary);
  if (const auto tested = app::test_conf(*ready, {}); !tested) {
    verdict.errors.insert(verdict.errors.end(), tested.error().lines.begin(),
                          tested.error().lines.end());
    if (verdict.exit_code == kExitOk || tested.error().exit_code == kExitConfiguration)
      verdict.exit_code = tested.error().exit_code;
  }
  judge_store(*ready, verdict);
  return verdict;
}

void print_text(const Verdict& verdict) {
  for (const std::string& error : verdict.errors)
    fmt::print(stderr, "error: {}\n", error);
  for (const std::string& warning : verdict.warnings)
    fmt::print(stderr, "warning: {}\n", warning);
  if (verdict.exit_code == kExitRestartsSpent)
    fmt::print(stderr, "not known: nothing is wrong that was looked at, but not all could be\n");
  else if (verdict.exit_code != kExitOk)
    fmt::print(stderr, "invalid: {} error(s), {} warning(s)\n", verdict.errors.size(),
               verdict.warnings.size());
  else
    fmt::print("valid: {}{}{}\n", verdict.streams, verdict.server.empty() ? "" : ", ",
               verdict.server);
}

}  // namespace

int validate(const Context& context, bool json) {
  const Verdict verdict = judge(context);
  if (!json) {
    print_text(verdict);
    return verdict.exit_code;
  }
  const nlohmann::ordered_json body{{"valid", verdict.exit_code == kExitOk},
                                    {"errors", verdict.errors},
                                    {"warnings", verdict.warnings},
                                    {"server", verdict.server},
                                    {"streams", verdict.streams}};
  fmt::print("{}\n", body.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
  return verdict.exit_code;
}

void add_validate(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand(
      "validate",
      "Check the whole configuration and the manifest as `run` would; starts and changes nothing");
  command->footer(
      "Needs no running server; with nats-server at hand the rendered nats.conf is tested too.\n"
      "Example: unified_entrypoint validate --strict --json");
  auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "For machines");
  add_configuration_options(*command, context);
  command->callback([&context, json] { context.exit_code = validate(context, *json); });
}

}  // namespace unified::cli
