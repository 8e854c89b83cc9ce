#include <cstdio>
#include <memory>
#include <thread>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/parse.h"
#include "cli/context.h"
#include "cli/control.h"
#include "cli/status_words.h"
#include "cli/terminal.h"

namespace unified::cli {
namespace {

/// `key  value` lines; arrays one entry a line.
void print_text(const nlohmann::ordered_json& status) {
  for (const auto& [key, value] : status.items()) {
    const bool nothing = value.is_null() && (key == "recovery" || key == "last_black_box");
    if (key == "streams" || nothing)
      continue;
    if (!value.is_array()) {
      fmt::print("{:<16} {}\n", key, status_value(key, value));
      continue;
    }
    for (const auto& entry : value)
      fmt::print("{:<16} {}\n", key, status_value(key, entry));
  }
  if (!status.contains("streams") || status["streams"].empty())
    return;
  fmt::print("\n{:<24} {:>12} {:>12} {:>9} {}\n", "STREAM", "MESSAGES", "SIZE", "SUBJECTS",
             "STATE");
  const bool known = status.value("streams_known", true);
  for (const auto& stream : status["streams"]) {
    if (!known) {
      fmt::print("{:<24} {:>12} {:>12} {:>9} {}\n", stream.value("name", ""), "?", "?", "?",
                 "unknown");
      continue;
    }
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
  const auto answer = ask_supervisor(context, "/status?fresh", kProbePatience);
  if (!answer) {
    const bool stopped = answer.error().reason == api::Unreachable::Reason::kNobody;
    const char* const phase = stopped ? "stopped" : "unknown";
    if (json)
      fmt::print("{}\n", nlohmann::json{{"phase", phase}, {"error", answer.error().message}}.dump(
                             -1, ' ', false, nlohmann::json::error_handler_t::replace));
    else
      fmt::print(stderr, "{}: {}\n", phase, answer.error().message);
    return stopped ? kExitStatusStopped : kExitStatusUnknown;
  }
  const auto body = nlohmann::ordered_json::parse(answer->body, nullptr, false);
  const bool down = body.is_object() && body.value("phase", "") == "stopped";
  const int exit_code = down ? kExitStatusStopped : kExitOk;
  if (json) {
    fmt::print("{}", answer->body);
    return answer->status == 200 ? exit_code : kExitStatusUnknown;
  }
  if (answer->status != 200 || !body.is_object()) {
    fmt::print(stderr, "unknown: the supervisor answered {}\n", answer->status);
    return kExitStatusUnknown;
  }
  print_text(body);
  return exit_code;
}

/// Until ^C, or until nobody looks any more.
int watch_status(const Context& context) {
  constexpr std::chrono::seconds kBetween{1};
  const bool terminal = is_terminal(stdout);
  for (;;) {
    if (terminal)
      fmt::print("\033[H\033[J");  // home, clear
    const int exit_code = status(context, false);
    if (!terminal)
      fmt::print("\n");
    if (std::fflush(stdout) != 0)
      return exit_code;
    std::this_thread::sleep_for(kBetween);
  }
}

}  // namespace

void add_status(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand(
      "status",
      "What the running supervisor and its server are doing "
      "(exit 0 running, ready or not; 3 stopped, or nats-server alone is; 4 unknown)");
  command->footer("Example: unified_entrypoint status --json");
  auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "For machines");
  add_configuration_options(*command, context);
  auto watch = std::make_shared<bool>(false);
  command->add_flag("--watch", *watch, "Again every second, until ^C")->excludes("--json");
  command->callback([&context, json, watch] {
    context.exit_code = *watch ? watch_status(context) : status(context, *json);
  });
}

}  // namespace unified::cli
