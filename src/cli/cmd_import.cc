#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/context.h"
#include "cli/declared.h"
#include "config/load.h"
#include "jetstream/import_services.h"
#include "os/atomic_file.h"
#include "os/directories.h"
#include "os/file_text.h"
#include "os/local_host.h"
#include "os/presence.h"

namespace unified::cli {
namespace {

namespace fs = std::filesystem;

struct ImportOptions {
  std::string file;
  std::string output_dir;
};

void print_both(const jetstream::ImportedServices& imported) {
  fmt::print("# ===== .env =====\n{}# ===== streams.yaml =====\n{}", imported.env,
             imported.manifest);
}

/// Both, or an error and neither.
int write_both(const fs::path& folder, const jetstream::ImportedServices& imported) {
  std::error_code error;
  for (const char* name : {".env", "streams.yaml"}) {
    const auto exists = os::name_exists((folder / name).string());
    if (!exists)
      return fail(false, kExitConfiguration, "--output-dir: " + exists.error().message);
    if (*exists)
      return fail(false, kExitConfiguration,
                  fmt::format("{} exists already: nothing is written; choose another folder, or "
                              "take it away",
                              (folder / name).string()));
  }
  if (const auto made = os::make_directories(folder.string()); !made)
    return fail(false, kExitConfiguration, "--output-dir: " + made.error().message);
  // .env may hold a password.
  for (const auto& [name, text, mode] : {std::tuple{".env", imported.env, 0600U},
                                         std::tuple{"streams.yaml", imported.manifest, 0644U}})
    if (const auto written = os::write_file_atomically((folder / name).string(), text, mode);
        !written) {
      if (name != std::string_view{".env"})
        fs::remove(folder / ".env", error);  // ours, and in the way of the next try
      return fail(false, kExitConfiguration, written.error().message);
    }
  fmt::print("{0}/.env and {0}/streams.yaml are written\n", folder.string());
  return kExitOk;
}

/// What the broker would not start with is told at once, not only by `validate`.
void warn_of_refusals(const std::string& env) {
  const auto loaded = config::load({.env_files = {{.name = ".env", .text = env}}}, os::LocalHost{});
  if (loaded)
    return;
  for (const config::Problem& problem : loaded.error())
    if (problem.severity == config::Severity::kError)
      fmt::print(stderr, "warning: the broker would refuse it here: {}\n", to_text(problem));
}

int import_file(const ImportOptions& options) {
  constexpr std::size_t kMostBytes = std::size_t{1} << 20;
  const auto text = os::read_text_file(options.file, kMostBytes);
  if (!text)
    return fail(false, kExitConfiguration, text.error().message);
  const auto imported =
      jetstream::import_services(*text, fs::path{options.file}.filename().string());
  if (!imported) {
    for (const std::string& line : imported.error())
      fmt::print(stderr, "error: {}\n", line);
    return kExitConfiguration;
  }
  for (const std::string& warning : imported->warnings)
    fmt::print(stderr, "warning: {}\n", warning);
  warn_of_refusals(imported->env);
  if (!options.output_dir.empty())
    return write_both(options.output_dir, *imported);
  print_both(*imported);
  return kExitOk;
}

}  // namespace

void add_import(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand(
      "import",
      "The old message broker service's configuration as .env and manifest (exit 0; 78 it can't be "
      "read, or a file would be overwritten)");
  command->footer(
      "Reads services.yaml (message-broker-service: {port, auto_create_streams, nats: {nats_port, "
      "users, tls, streams, …}},\nalone or below services:) and unified_message_broker.yaml. Keys "
      "that have no counterpart are told on stderr; "
      "of services.yaml\nthe service's own three streams are declared, too, unless "
      "auto_create_streams is false. Nothing is started or asked.\n"
      "Examples:\n"
      "  unified_entrypoint import config/services.yaml\n"
      "  unified_entrypoint import config/services.yaml --output-dir /etc/broker");
  auto options = std::make_shared<ImportOptions>();
  command->add_option("FILE", options->file, "services.yaml or unified_message_broker.yaml")
      ->required();
  command
      ->add_option("--output-dir", options->output_dir,
                   "Write DIR/.env and DIR/streams.yaml (DIR is made)")
      ->type_name("DIR");
  command->callback([&context, options] { context.exit_code = import_file(*options); });
}

}  // namespace unified::cli
