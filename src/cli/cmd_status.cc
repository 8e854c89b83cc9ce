#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/parse.h"
#include "cli/context.h"
#include "cli/control.h"

namespace unified::cli {
namespace {

constexpr std::chrono::milliseconds kPatience{5500};

std::string text_of(const nlohmann::json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

/// `key  value` lines; arrays one entry a line.
void print_text(const nlohmann::ordered_json& status) {
  for (const auto& [key, value] : status.items()) {
    if (key == "streams")
      continue;
    if (!value.is_array()) {
      fmt::print("{:<16} {}\n", key, text_of(value));
      continue;
    }
    for (const auto& entry : value)
      fmt::print("{:<16} {}\n", key, text_of(entry));
  }
  if (!status.contains("streams") || status["streams"].empty())
    return;
  fmt::print("\n{:<24} {:>12} {:>12} {:>9} {}\n", "STREAM", "MESSAGES", "SIZE", "SUBJECTS",
             "STATE");
  for (const auto& stream : status["streams"]) {
    const std::size_t declared = stream.value("declared_subjects", nlohmann::json::array()).size();
    const std::size_t unbound = stream.value("unbound_subjects", nlohmann::json::array()).size();
    fmt::print("{:<24} {:>12} {:>12} {:>9} {}\n", stream.value("name", ""),
               stream.value("messages", std::int64_t{0}),
               format_bytes(stream.value("bytes", std::int64_t{0})),
               fmt::format("{}/{}", declared - unbound, declared),
               stream.value("present", false) ? "present" : "MISSING");
  }
}

int status(const Context& context, bool json) {
  const Result<api::Response> answer = ask_supervisor(context, "/status", kPatience);
  if (!answer) {
    if (json)
      fmt::print("{}\n",
                 nlohmann::json{{"phase", "stopped"}, {"error", answer.error().message}}.dump());
    else
      fmt::print(stderr, "stopped: {}\n", answer.error().message);
    return kExitStatusStopped;
  }
  if (json) {
    std::fputs(answer->body.c_str(), stdout);
    return answer->status == 200 ? kExitOk : kExitStatusUnknown;
  }
  const auto body = nlohmann::ordered_json::parse(answer->body, nullptr, false);
  if (answer->status != 200 || !body.is_object()) {
    fmt::print(stderr, "unknown: the supervisor answered {}\n", answer->status);
    return kExitStatusUnknown;
  }
  print_text(body);
  return kExitOk;
}

}  // namespace

void add_status(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("status",
                                         "What the running supervisor and its server are doing "
                                         "(exit 0 running, 3 stopped, 4 unknown)");
  command->footer("Example: unified_entrypoint status --json");
  auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "For machines");
  add_configuration_options(*command, context);
  command->callback([&context, json] { context.exit_code = status(context, *json); });
}

}  // namespace unified::cli
