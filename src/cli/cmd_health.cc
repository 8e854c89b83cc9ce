#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "api/control_client.h"
#include "cli/context.h"
#include "cli/control.h"

namespace unified::cli {
namespace {

/// The supervisor's own probe has a deadline of 5 s; this is what the socket may cost on top.
constexpr std::chrono::milliseconds kPatience{5500};
/// The probe, then the streams and the disk.
constexpr std::chrono::milliseconds kFullPatience{11'000};

int quick(const Context& context) {
  const Result<api::Response> answer = ask_supervisor(context, "/readyz", kPatience);
  if (!answer) {
    fmt::print(stderr, "not ready: {}\n", answer.error().message);
    return kExitCheckFailed;
  }
  std::fputs(answer->body.c_str(), answer->status == 200 ? stdout : stderr);
  return answer->status == 200 ? kExitOk : kExitCheckFailed;
}

int full(const Context& context, const std::string& format) {
  const Result<api::Response> answer =
      ask_supervisor(context, format == "json" ? "/health" : "/health?format=text", kFullPatience);
  if (!answer) {
    if (format == "json")
      fmt::print("{}\n",
                 nlohmann::json{{"status", "fail"}, {"error", answer.error().message}}.dump());
    else
      fmt::print(stderr, "fail  supervisor    {}\n", answer.error().message);
    return kExitCheckFailed;
  }
  std::fputs(answer->body.c_str(), stdout);
  return answer->status == 200 ? kExitOk : kExitCheckFailed;
}

}  // namespace

void add_health(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand(
      "health", "Ask the running supervisor for the broker's health (exit 0 or 1)");
  command->footer(
      "quick  ready or not: the server answers and every declared subject is bound; made for "
      "HEALTHCHECK\n"
      "full   every check: connectivity, http, jetstream, stream, datatypes, storage, supervisor "
      "(default)\n"
      "Examples:\n"
      "  unified_entrypoint health quick\n"
      "  unified_entrypoint health full --json");
  auto level = std::make_shared<std::string>("full");
  auto format = std::make_shared<std::string>("text");
  auto json = std::make_shared<bool>(false);
  command->add_option("level", *level, "quick or full")
      ->check(CLI::IsMember({"quick", "full"}))
      ->capture_default_str();
  auto* format_option = command->add_option("--format", *format, "text or json")
                            ->check(CLI::IsMember({"text", "json"}))
                            ->capture_default_str();
  command->add_flag("--json", *json, "The same as --format json")->excludes(format_option);
  add_configuration_options(*command, context);
  command->callback([&context, level, format, json] {
    context.exit_code =
        *level == "quick" ? quick(context) : full(context, *json ? "json" : *format);
  });
}

}  // namespace unified::cli
