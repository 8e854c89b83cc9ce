#include <array>
#include <cstdio>
#include <filesystem>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "app/conf_file.h"
#include "cli/context.h"
#include "cli/control.h"
#include "os/file_lock.h"
#include "os/run_dir.h"

namespace unified::cli {
namespace {

/// `last_store` stays: by it the next start notices that the store was moved. `known_streams.json`
/// stays: by it a sidecar notices what a server could not load. The black box stays:
/// it is of use after the end.
/// The locks go last: while we hold them nobody starts.
constexpr auto kLeftOvers =
    std::to_array<const char*>({"control.sock", "server_version.json", "nats.conf",
                                "nats.conf.room", ".nats.conf.lock", "instance.lock"});

int clean(const Context& context) {
  const auto run_dir = supervisor_run_dir(context);
  if (!run_dir) {
    const bool nobody = run_dir.error().reason == api::Unreachable::Reason::kNobody;
    fmt::print(stderr, "{}\n", nobody ? "nothing to clean" : run_dir.error().message);
    return nobody ? kExitOk : kExitUnavailable;
  }
  const auto lock = os::try_lock_run_dir(*run_dir);
  if (!lock) {
    fmt::print(stderr, "unified_entrypoint: {}\n", lock.error().message);
    return kExitCheckFailed;
  }
  if (lock->held_by_another()) {
    fmt::print(stderr, "unified_entrypoint: {} holds {}: `stop` first\n",
               lock->folder_alone ? "another process" : holder_text(*run_dir), *run_dir);
    return kExitBusy;
  }
  const std::string conf = *run_dir + "/nats.conf";
  const auto conf_lock = os::try_lock_file(app::conf_lock_path(conf));
  if (conf_lock && conf_lock->held_by_another()) {
    fmt::print(stderr, "unified_entrypoint: {} is in use by a broker with another RUN_DIR\n", conf);
    return kExitBusy;
  }
  int exit_code = kExitOk;
  for (const char* name : kLeftOvers) {
    std::error_code error;
    std::filesystem::remove(*run_dir + "/" + name, error);
    if (!error)
      continue;
    fmt::print(stderr, "unified_entrypoint: cannot remove {}/{}: {}\n", *run_dir, name,
               error.message());
    exit_code = kExitCheckFailed;
  }
  if (exit_code == kExitOk)
    fmt::print("cleaned {}; the store is as it was\n", *run_dir);
  return exit_code;
}

}  // namespace

void add_clean(CLI::App& app, Context& context) {
  CLI::App* command =
      app.add_subcommand("clean", "Remove what an ended broker left in RUN_DIR; never the store");
  command->footer(
      "Refused (73) while one runs.\n"
      "Example: unified_entrypoint clean");
  add_configuration_options(*command, context);
  command->callback([&context] { context.exit_code = clean(context); });
}

}  // namespace unified::cli
